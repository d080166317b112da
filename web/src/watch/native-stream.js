/**
 * Plays HLS by the browser's own player, where there is no Media Source Extensions (iPhones before iOS 17.1).
 * It must not know elements other than the video.
 *
 * A browser keeps asking by the address it was given, token and all, and hides what segments answer: Chromium neither ends
 * nor fails when one is refused, it stands still. So the film gets its new address when the token is renewed while it
 * plays, when it is played on after a pause, and when it stands still; and the server is asked why.
 */
import { Problem } from "../shared/api.js";
import { trackName } from "./names.js";
import { isPassing } from "./session.js";

/** @typedef {import("./stream.js").Choice} Choice */

const SILENCE_SECONDS = 3;
const STILL_SECONDS = 4; // longer than a segment takes on a slow line
const RELOADS = 5; // without a second of film in between

export class NativeStream {
  /** The browser chooses. @type {import("./codec-choice.js").CodecChoice | null} */
  codecs = null;
  quality = -1;
  shownQuality = -1;
  audioTrack = -1;
  frameRate = 0;
  #reloads = 0;
  #closed = false;
  #plays = false; // as the viewer wants it: on an error the browser pauses by itself
  #still = 0; // seconds in which nothing moved though it should
  #last = 0;
  /** @type {{time: number, caption: number} | null} while it is reloaded, when the element itself has forgotten */
  #kept = null;

  /** @param {HTMLVideoElement} video @param {import("./session.js").Session} session @param {import("./stream.js").Listener} listener */
  constructor(video, session, listener) {
    this.video = video;
    this.session = session;
    this.listener = listener;
    video.addEventListener("error", this.#failed);
    video.addEventListener("timeupdate", this.#moved);
    this.#plays = !video.paused;
    video.addEventListener("play", this.#played);
    video.addEventListener("pause", this.#paused);
    session.onrenewed = () => !this.#closed && !video.paused && this.#kept === null && this.#reload();
    this.watch = setInterval(() => this.#look(), 1000);
    video.textTracks.addEventListener("addtrack", listener.onchange);
    video.textTracks.addEventListener("change", listener.onchange);
    video.src = session.playback.hls_url;
  }

  close() {
    this.#closed = true;
    clearInterval(this.watch);
    this.video.removeEventListener("play", this.#played);
    this.video.removeEventListener("pause", this.#paused);
    this.video.removeEventListener("error", this.#failed);
    this.video.removeEventListener("timeupdate", this.#moved);
    this.video.removeAttribute("src");
    this.video.load();
  }

  /** Somebody pressed play while there was nothing to play: it is played as soon as there is. */
  wanted() {
    this.#plays = true;
    if (this.video.error === null) this.video.play().catch(() => null); // it has come meanwhile
  }

  /** The browser chooses. @returns {Choice[]} */
  qualities() {
    return [];
  }

  /** @returns {Choice[]} */
  audioTracks() {
    return [];
  }

  /** @returns {Choice[]} */
  captions() {
    return this.#tracks().map(({ label, language }, index) => ({
      index,
      name: trackName({ name: label, lang: language }),
      language,
    }));
  }

  get caption() {
    return this.#tracks().findIndex((track) => track.mode === "showing");
  }

  set caption(index) {
    this.#tracks().forEach((track, at) => {
      track.mode = at === index ? "showing" : "disabled";
    });
  }

  #tracks() {
    return [...this.video.textTracks].filter((track) => track.kind === "subtitles" || track.kind === "captions");
  }

  #moved = () => {
    if (this.#kept !== null || this.video.currentTime === this.#last) return;
    this.#last = this.video.currentTime;
    this.#still = 0;
    this.#reloads = 0;
    this.listener.onsilence(false);
  };

  /** Played on after a pause, perhaps of hours, in which the token was renewed. */
  #played = () => {
    this.#plays = true;
    if (this.#kept === null && this.video.src !== this.session.playback.hls_url) this.#reload();
  };

  #paused = () => {
    if (this.video.error === null) this.#plays = false;
  };

  #look() {
    const { paused, ended } = this.video;
    this.#still = paused || ended ? 0 : this.#still + 1;
    if (this.#still < STILL_SECONDS) return;
    this.#still = -STILL_SECONDS * this.#reloads; // a slow line gets more time with each try
    this.#failed();
  }

  #failed = async () => {
    try {
      this.#reloads += 1;
      if (this.#reloads > RELOADS) throw new Problem("codec", 0, "");
      await this.session.renew();
      const begun = this.#kept !== null && this.video.src === this.session.playback.hls_url; // by the renewal
      if (!this.#closed && !begun) this.#reload(this.#plays);
    } catch (error) {
      if (this.#closed) return;
      if (error instanceof Problem && isPassing(error) && error.code !== "codec") this.#waitOut();
      else this.listener.onproblem(error instanceof Problem ? error : new Problem("broken", 0, String(error)));
    }
  };

  #waitOut() {
    this.#reloads = 0;
    this.listener.onsilence(true);
    setTimeout(() => !this.#closed && this.#failed(), SILENCE_SECONDS * 1000);
  }

  /** The new token's address, at the same moment of the film. */
  #reload(plays = !this.video.paused) {
    const { video } = this;
    if (this.#kept === null) this.#kept = { time: video.currentTime, caption: this.caption };
    video.removeAttribute("poster"); // it would stand in for the film while that is fetched
    video.src = this.session.playback.hls_url; // which pauses nothing, but forgets the time and the captions
    if (plays) video.play().catch(() => null);
    video.addEventListener("loadedmetadata", this.#arrived, { once: true });
  }

  #arrived = () => {
    if (this.#kept === null) return;
    const { time, caption } = this.#kept;
    this.#kept = null;
    this.video.currentTime = time;
    if (caption >= 0) this.caption = caption;
  };
}
