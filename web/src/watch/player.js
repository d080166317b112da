/**
 * The player: a video with controls around it. It must not know links, tokens or HTTP.
 *
 * State is in data attributes of the element, so that the style sheet alone decides how it looks:
 * `data-paused`, `data-waiting`, `data-started`, `data-ended`, `data-idle` (controls away), `data-kind`.
 */
import { fill, h } from "../shared/dom.js";
import { clock, percent } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { recall, remember } from "../shared/storage.js";
import { texts } from "../texts.js";
import { audioStage } from "./audio-stage.js";
import { applyCaptionStyle } from "./caption-style.js";
import { Chapters } from "./chapters.js";
import { Beacons } from "./beacons.js";
import { Controls } from "./controls.js";
import { keepAwake, listenToMediaKeys } from "./device.js";
import { Heartbeat } from "./heartbeat.js";
import { listenToKeys } from "./keys.js";
import { keepPlace, placeOf } from "./resume.js";
import { Signals } from "./signals.js";

const IDLE_SECONDS = 3;
const FLASH_MS = 600;
const NOTICE_SECONDS = 10;
const USUAL_FRAMES_PER_SECOND = 30; // where the playlist does not say
const BACK_SECONDS = 3; // into a chapter: further than this, "back" means its beginning
const SPINNER_DELAY_MS = 300; // a short wait is not worth a spinner
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const words = texts.player;

export class Player {
  /** @type {import("./stream.js").Stream | null} */
  stream = null;
  speeds = SPEEDS;
  signals = new Signals();
  #closing = new AbortController();
  #idle = 0;
  #waiting = 0;
  #captionsChosen = false;

  /** @param {import("./film.js").Film} film @param {(problem: import("../shared/api.js").Problem) => void} onproblem */
  constructor(film, onproblem) {
    const { session, video, element } = film;
    this.film = film;
    this.session = session;
    this.video = video;
    this.element = element;
    this.onproblem = (/** @type {import("../shared/api.js").Problem} */ problem) => {
      this.signals.tell("problem", { code: problem.code });
      onproblem(problem);
    };
    this.chapters = new Chapters(session);
    this.heartbeat = new Heartbeat(session, (problem) => this.#closing.signal.aborted || this.onproblem(problem));
    const { kind = "video", poster_url: poster, title = "" } = session.playback;
    this.spinner = h("div", { class: "spinner", hidden: true, role: "status", "aria-label": texts.watch.loading });
    this.big = h("button", { type: "button", class: "big-play", "aria-label": words.play }, icon("play"));
    this.flashing = h("div", { class: "flash", hidden: true, "aria-hidden": "true" });
    this.banner = h("p", { class: "banner", hidden: true, role: "status" });
    this.notice = h("div", { class: "resumed", hidden: true, role: "status" });
    this.controls = new Controls(this);
    const stage = kind === "audio" ? audioStage(title, poster) : "";
    element.append(stage, this.spinner, this.flashing, this.big, this.banner, this.notice, this.controls.element);
    this.#restore();
    this.#listen();
    this.beacons = new Beacons(this);
  }

  /** @throws {import("../shared/api.js").Problem} when the browser cannot play at all */
  async open() {
    this.film.listener = {
      onchange: () => this.#tracksChanged(),
      onheard: () => this.heartbeat.heard(),
      onsilence: (silent) => this.#silence(silent),
      onproblem: (problem) => this.onproblem(problem),
      onrendition: (name) => this.signals.tell("rendition", { name }),
    };
    if (this.film.problem !== null) throw this.film.problem;
    this.signals.tell("open");
    this.stream = await this.film.stream;
    this.#tracksChanged(); // what is known by now was told to nobody
    this.#goOnFrom(placeOf(this.session.playback.asset_id));
    this.chapters.load(() => this.controls.chaptersChanged());
  }

  close() {
    this.#keepPlace();
    this.signals.tell("close");
    this.#closing.abort();
    clearTimeout(this.#idle);
    clearTimeout(this.#waiting);
    this.video.pause();
    this.film.close();
    if (document.pictureInPictureElement === this.video) document.exitPictureInPicture().catch(() => null);
    if (document.fullscreenElement === this.element) document.exitFullscreen().catch(() => null);
  }

  /** Seconds; the catalog's answer until the stream has its own. */
  get duration() {
    const { duration } = this.video;
    return Number.isFinite(duration) && duration > 0 ? duration : (this.session.playback.duration_seconds ?? 0);
  }

  /** Aborted when the player goes: for whoever listens to what outlives it. */
  get closing() {
    return this.#closing.signal;
  }

  get isAudio() {
    return this.session.playback.kind === "audio";
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => this.stream?.wanted());
    else this.video.pause();
    this.flash(this.video.paused ? "pause" : "play");
  }

  /** @param {number} seconds relative */
  skip(seconds) {
    this.seek(this.video.currentTime + seconds);
    this.flash(seconds < 0 ? "rewind" : "forward", words.seconds(seconds));
  }

  /** @param {number} seconds absolute, clamped */
  seek(seconds) {
    this.video.currentTime = Math.min(Math.max(seconds, 0), this.duration);
    this.wake();
  }

  /** One picture back or on. @param {1 | -1} direction */
  frame(direction) {
    if (!this.video.paused) return;
    this.seek(this.video.currentTime + direction / (this.stream?.frameRate || USUAL_FRAMES_PER_SECOND));
  }

  /** To the beginning of this chapter or the one before it, or to the next. @param {1 | -1} direction */
  toChapter(direction) {
    const { list } = this.chapters;
    const now = this.video.currentTime;
    const at = this.chapters.at(now);
    const back = now - (list[at]?.start ?? 0) > BACK_SECONDS ? at : at - 1;
    const chapter = list[direction > 0 ? at + 1 : Math.max(back, 0)];
    if (chapter === undefined) return;
    this.seek(chapter.start);
    this.flash(direction > 0 ? "forward" : "rewind", chapter.text);
  }

  /** @param {number} step −1…1 */
  louder(step) {
    this.video.muted = false;
    this.video.volume = Math.min(Math.max(Math.round((this.video.volume + step) * 20) / 20, 0), 1);
    this.flash(this.video.volume === 0 ? "muted" : "volume", percent(this.video.volume));
  }

  mute() {
    this.video.muted = !this.video.muted;
    this.flash(this.video.muted ? "muted" : "volume");
  }

  /** @param {1 | -1} direction */
  faster(direction) {
    const at = SPEEDS.indexOf(this.video.playbackRate);
    this.setSpeed(SPEEDS[Math.min(Math.max(at + direction, 0), SPEEDS.length - 1)] ?? 1);
    this.flash(direction > 0 ? "forward" : "rewind", words.times(this.video.playbackRate));
  }

  /** @param {number} rate */
  setSpeed(rate) {
    this.video.playbackRate = rate;
    this.video.defaultPlaybackRate = rate; // a reload of the source would set it back to this
  }

  /** @param {number} index −1 for none */
  showCaption(index) {
    if (this.stream === null) return;
    this.stream.caption = index;
    remember("captions", index < 0 ? null : (this.stream.captions()[index]?.language ?? null));
    this.controls.tracksChanged();
  }

  toggleCaptions() {
    const tracks = this.stream?.captions() ?? [];
    if (tracks.length === 0) return this.flash("captions", words.captionsNone);
    const next = (this.stream?.caption ?? -1) >= 0 ? -1 : this.#usualCaption(tracks);
    this.showCaption(next);
    this.flash("captions", next < 0 ? words.captionsOff : (tracks[next]?.name ?? ""));
  }

  async toggleFullscreen() {
    const video = /** @type {HTMLVideoElement & {webkitEnterFullscreen?: () => void}} */ (this.video);
    try {
      if (document.fullscreenElement !== null) await document.exitFullscreen();
      else if (this.element.requestFullscreen === undefined)
        video.webkitEnterFullscreen?.(); // iPhones: the video alone
      else await this.element.requestFullscreen();
    } catch {
      // refused by the browser or the page that embeds us; the button simply does nothing
    }
  }

  async togglePip() {
    try {
      if (document.pictureInPictureElement !== null) await document.exitPictureInPicture();
      else await this.video.requestPictureInPicture();
    } catch {
      // the same: refused, for instance before the first frame
    }
  }

  /** Shows the controls, and lets them go after a while. */
  wake() {
    delete this.element.dataset.idle;
    clearTimeout(this.#idle);
    this.#idle = window.setTimeout(() => this.#rest(), IDLE_SECONDS * 1000);
  }

  /** Says with a picture what a key just did. @param {import("../shared/icons.js").IconName} picture @param {string} [text] */
  flash(picture, text = "") {
    fill(this.flashing, icon(picture), text);
    this.flashing.hidden = false;
    for (const running of this.flashing.getAnimations()) {
      running.cancel();
      running.play();
    }
    clearTimeout(Number(this.flashing.dataset.timer));
    this.flashing.dataset.timer = String(setTimeout(() => (this.flashing.hidden = true), FLASH_MS));
  }

  #rest() {
    const keep =
      this.video.paused ||
      this.isAudio ||
      this.controls.menuOpen ||
      this.controls.element.matches(":has(:focus-visible)");
    if (!keep) this.element.dataset.idle = "";
  }

  #listen() {
    const options = { signal: this.#closing.signal };
    const { video, element } = this;
    for (const name of ["play", "pause", "ended", "seeking"]) video.addEventListener(name, () => this.#mark(), options);
    for (const name of ["waiting", "stalled"]) video.addEventListener(name, () => this.#waits(), options);
    for (const name of ["playing", "canplay", "seeked", "pause"])
      video.addEventListener(name, () => this.#goesOn(), options);
    video.addEventListener("volumechange", () => this.#keepVolume(), options);
    video.addEventListener("loadedmetadata", () => this.#shape(), options);
    video.addEventListener("resize", () => this.#shape(), options);
    for (const name of ["timeupdate", "play"]) video.addEventListener(name, () => this.#beat(), options);
    video.addEventListener("ended", () => this.heartbeat.ask(), options);
    this.big.addEventListener("click", () => this.toggle(), options);
    video.addEventListener("pointerup", (event) => this.#tapped(event), options);
    video.addEventListener("dblclick", () => this.toggleFullscreen(), options);
    for (const name of ["focusin", "keydown"]) element.addEventListener(name, () => this.wake(), options);
    this.controls.element.addEventListener("click", () => this.wake(), options);
    element.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.wake(), options);
    // a finger "leaves" after every tap, which would hide what the tap has just shown
    element.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#rest(), options);
    for (const name of ["online", "offline"]) addEventListener(name, () => this.#silence(false), options);
    listenToKeys(this, this.#closing.signal);
    listenToMediaKeys(this, this.#closing.signal);
    keepAwake(video, this.#closing.signal);
    this.signals.follow(video, this.#closing.signal);
    for (const name of ["pause", "seeked"]) video.addEventListener(name, () => this.#keepPlace(), options);
    addEventListener("pagehide", () => this.#keepPlace(), options);
    this.#mark();
  }

  #mark() {
    const { paused, ended } = this.video;
    this.element.toggleAttribute("data-paused", paused);
    this.element.toggleAttribute("data-ended", ended);
    if (!paused) this.element.dataset.started = "";
    this.big.setAttribute("aria-label", ended ? words.replay : words.play);
    fill(this.big, icon(ended ? "replay" : "play"));
    this.wake();
  }

  #beat() {
    if (!this.video.paused) this.heartbeat.beat();
  }

  #waits() {
    clearTimeout(this.#waiting);
    if (this.video.paused) return; // buffering before anybody pressed play is not waiting
    this.#waiting = window.setTimeout(() => (this.spinner.hidden = false), SPINNER_DELAY_MS);
  }

  #goesOn() {
    clearTimeout(this.#waiting);
    this.spinner.hidden = true;
  }

  /** A mouse plays and pauses; a finger first wants to see the controls. @param {PointerEvent} event */
  #tapped(event) {
    if (event.button !== 0) return;
    const touch = event.pointerType === "touch";
    if (this.controls.menuOpen) this.controls.closeMenus();
    else if (touch && "idle" in this.element.dataset) this.wake();
    else if (touch && !this.video.paused) this.element.dataset.idle = "";
    else this.toggle();
  }

  /** The box takes the film's shape, portrait as well. */
  #shape() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (width > 0 && height > 0) this.element.style.setProperty("--shape", String(width / height));
  }

  /** @param {boolean} silent whether requests go unanswered */
  #silence(silent) {
    const message = !navigator.onLine ? texts.watch.offline : silent ? texts.watch.unreachable : "";
    this.banner.hidden = message === "";
    if (this.banner.textContent !== message) this.banner.textContent = message;
  }

  /** @param {number} seconds */
  #goOnFrom(seconds) {
    if (seconds === 0 || seconds >= this.duration) return;
    const { video } = this;
    const go = () => {
      if (video.currentTime < 1) video.currentTime = seconds;
    };
    if (video.readyState >= video.HAVE_METADATA) go();
    else video.addEventListener("loadedmetadata", go, { once: true, signal: this.#closing.signal });
    const again = () => {
      this.seek(0);
      this.notice.hidden = true;
      this.controls.play.focus({ preventScroll: true });
    };
    const anew = h("button", { type: "button", class: "resumed-button", onclick: again }, words.fromStart);
    fill(this.notice, h("span", {}, words.resumed(clock(seconds))), anew);
    this.notice.hidden = false;
    const away = () => setTimeout(() => (this.notice.hidden = true), NOTICE_SECONDS * 1000);
    video.addEventListener("play", away, { once: true, signal: this.#closing.signal });
  }

  #keepPlace() {
    const { video } = this;
    if (!("started" in this.element.dataset)) return; // only looked at
    keepPlace(this.session.playback.asset_id, video.ended ? this.duration : video.currentTime, this.duration);
  }

  #restore() {
    applyCaptionStyle(this.element);
    const volume = Number(recall("volume") ?? "1");
    this.video.volume = volume >= 0 && volume <= 1 ? volume : 1;
    this.video.muted = recall("muted") === "1";
  }

  #keepVolume() {
    remember("volume", String(this.video.volume));
    remember("muted", this.video.muted ? "1" : null);
  }

  #tracksChanged() {
    const tracks = this.stream?.captions() ?? [];
    if (!this.#captionsChosen && tracks.length > 0 && this.stream !== null) {
      this.#captionsChosen = true; // once: later changes are the viewer's
      this.stream.caption = recall("captions") === null ? -1 : this.#usualCaption(tracks);
    }
    this.controls.tracksChanged();
  }

  /** The language chosen last, else the browser's, else the first. @param {import("./stream.js").Choice[]} tracks */
  #usualCaption(tracks) {
    const wanted = [recall("captions"), ...navigator.languages].filter((tag) => tag !== null);
    const short = (/** @type {string | undefined} */ tag) => tag?.split("-")[0].toLowerCase();
    for (const tag of wanted) {
      const found = tracks.findIndex((track) => short(track.language) === short(tag));
      if (found >= 0) return found;
    }
    return 0;
  }
}
