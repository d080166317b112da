/** The bar under the picture. It must not know streams: it reads and asks the player. */
import { fill, h } from "../shared/dom.js";
import { clock } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";
import { CAPTION_STYLES, captionStyle, setCaptionStyle } from "./caption-style.js";
import { chooseScreen, watchScreens } from "./device.js";
import { shortcutsDialog } from "./keys.js";
import { PlayerMenu } from "./player-menu.js";
import { SeekBar } from "./seek-bar.js";

/** @typedef {import("./player.js").Player} Player */
/** @typedef {import("./player-menu.js").MenuPage} MenuPage */
/** @typedef {import("./stream.js").Choice} Choice */
/** @typedef {import("./caption-style.js").StyleName} StyleName */

const words = texts.player;

export class Controls {
  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.seekBar = new SeekBar(player);
    this.play = button("play", words.play, () => player.toggle());
    this.time = h("span", { class: "time" });
    this.chapter = h("span", { class: "chapter-now" });
    this.captions = new PlayerMenu("captions", words.captions, () => this.#captionsPage());
    this.settings = new PlayerMenu("settings", words.settings, () => this.#settingsPage());
    this.pip = button("pip", words.pip, () => player.togglePip(), "control-pip");
    this.cast = button("cast", words.cast, () => chooseScreen(player.video), "control-cast");
    this.full = button("fullscreen", words.fullscreen, () => player.toggleFullscreen(), "control-full");
    this.element = h(
      "div",
      { class: "controls", role: "group", "aria-label": words.controls },
      this.seekBar.element,
      h(
        "div",
        { class: "bar" },
        this.play,
        this.#volume(),
        this.time,
        this.chapter,
        h("span", { class: "bar-space" }),
        this.captions.element,
        this.settings.element,
        this.cast,
        this.pip,
        this.full,
      ),
    );
    this.captions.element.hidden = true;
    this.pip.hidden = player.isAudio || !document.pictureInPictureEnabled;
    this.full.hidden = player.isAudio;
    this.cast.hidden = true; // until there is another screen
    watchScreens(player.video, (there) => (this.cast.hidden = !there), player.closing);
    this.#listen();
  }

  get menuOpen() {
    return this.captions.isOpen || this.settings.isOpen;
  }

  closeMenus() {
    this.captions.close();
    this.settings.close();
  }

  /** What can be chosen, or is chosen, changed. */
  tracksChanged() {
    const { stream } = this.player;
    this.captions.element.hidden = (stream?.captions().length ?? 0) === 0;
    this.captions.button.toggleAttribute("data-on", (stream?.caption ?? -1) >= 0);
    this.captions.refresh();
    this.settings.refresh();
  }

  chaptersChanged() {
    this.seekBar.chaptersChanged();
    this.settings.refresh();
    this.#drawTime();
  }

  #volume() {
    const { video } = this.player;
    this.mute = button("volume", words.mute, () => this.player.mute(), "control-mute");
    this.level = h("input", { type: "range", class: "volume", min: 0, max: 1, step: 0.05, "aria-label": words.volume });
    this.level.addEventListener("input", () => {
      video.volume = Number(this.level?.value);
      video.muted = video.volume === 0;
    });
    return h("div", { class: "volume-group" }, this.mute, this.level);
  }

  #listen() {
    const { video, element } = this.player;
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, () => this.#drawPlay());
    for (const name of ["timeupdate", "durationchange", "seeking"])
      video.addEventListener(name, () => this.#drawTime());
    video.addEventListener("volumechange", () => this.#drawVolume());
    video.addEventListener("ratechange", () => this.settings.refresh());
    element.addEventListener("fullscreenchange", () => this.#drawFull());
    video.addEventListener("enterpictureinpicture", () => rename(this.pip, "pip", words.pipExit));
    video.addEventListener("leavepictureinpicture", () => rename(this.pip, "pip", words.pip));
    this.#drawTime();
    this.#drawVolume();
  }

  #drawPlay() {
    const { paused, ended } = this.player.video;
    if (ended) rename(this.play, "replay", words.replay);
    else if (paused) rename(this.play, "play", words.play);
    else rename(this.play, "pause", words.pause);
  }

  #drawTime() {
    const { video, duration } = this.player;
    fill(this.time, clock(video.currentTime), h("span", { class: "time-all" }, ` / ${clock(duration)}`));
    const chapter = this.player.chapters.titleAt(video.currentTime);
    if (this.chapter.textContent !== chapter) this.chapter.textContent = chapter;
  }

  #drawVolume() {
    const { muted, volume } = this.player.video;
    const heard = muted ? 0 : volume;
    const picture = heard === 0 ? "muted" : heard < 0.5 ? "volumeLow" : "volume";
    if (this.mute) rename(this.mute, picture, muted ? words.unmute : words.mute);
    if (this.level) this.level.value = String(heard);
    this.level?.style.setProperty("--part", `${heard * 100}%`);
  }

  #drawFull() {
    const full = document.fullscreenElement !== null;
    rename(this.full, full ? "fullscreenExit" : "fullscreen", full ? words.fullscreenExit : words.fullscreen);
  }

  /** @returns {MenuPage} */
  #captionsPage() {
    const { stream } = this.player;
    const none = {
      name: words.captionsOff,
      checked: (stream?.caption ?? -1) < 0,
      choose: () => this.player.showCaption(-1),
    };
    const tracks = choices(stream?.captions() ?? [], stream?.caption ?? -1, (index) => this.player.showCaption(index));
    const style = { name: words.captionLook, page: () => this.#stylePage() };
    return { title: words.captions, items: [none, ...tracks, style] };
  }

  /** @returns {MenuPage} */
  #stylePage() {
    const items = /** @type {StyleName[]} */ (Object.keys(CAPTION_STYLES)).map((name) => ({
      name: words.captionStyle[name].title,
      value: styleValue(name, captionStyle(name)),
      page: () => this.#styleValuesPage(name),
    }));
    return { title: words.captionLook, items };
  }

  /** @param {StyleName} name @returns {MenuPage} */
  #styleValuesPage(name) {
    const items = CAPTION_STYLES[name].map((value) => ({
      name: styleValue(name, value),
      checked: captionStyle(name) === value,
      choose: () => setCaptionStyle(this.player.element, name, value),
    }));
    return { title: words.captionStyle[name].title, items };
  }

  /** @returns {MenuPage} */
  #chaptersPage() {
    const { list } = this.player.chapters;
    const now = this.player.chapters.at(this.player.video.currentTime);
    const items = list.map(({ start, text }, at) => ({
      name: text,
      value: clock(start),
      checked: at === now,
      choose: () => this.player.seek(start),
    }));
    return { title: words.chapters, items };
  }

  /** @returns {MenuPage} */
  #settingsPage() {
    const { stream, video } = this.player;
    const speed = video.playbackRate === 1 ? words.normal : words.times(video.playbackRate);
    const items = [{ name: words.speed, value: speed, page: () => this.#speedPage() }];
    if ((stream?.audioTracks().length ?? 0) > 1) {
      const now = stream?.audioTracks()[stream.audioTrack]?.name ?? "";
      items.unshift({ name: words.audioTrack, value: now, page: () => this.#audioPage() });
    }
    if ((stream?.codecs?.names.length ?? 0) > 1) {
      items.unshift({ name: words.codec, value: stream?.codecs?.now ?? "", page: () => this.#codecPage() });
    }
    if ((stream?.qualities().length ?? 0) > 0) {
      items.unshift({ name: words.quality, value: this.#qualityNow(), page: () => this.#qualityPage() });
    }
    if (this.player.chapters.list.length > 0) {
      const now = this.player.chapters.titleAt(video.currentTime);
      items.unshift({ name: words.chapters, value: now, page: () => this.#chaptersPage() });
    }
    const keys = { name: words.keys, choose: shortcutsDialog, className: "menu-keys" };
    return { title: words.settings, items: [...items, keys] };
  }

  /** @returns {MenuPage} */
  #qualityPage() {
    const { stream } = this.player;
    const set = (/** @type {number} */ index) => {
      if (stream) stream.quality = index;
    };
    const chosen = stream?.quality ?? -1;
    const auto = { name: chosen < 0 ? this.#qualityNow() : words.auto, checked: chosen < 0, choose: () => set(-1) };
    return { title: words.quality, items: [...choices(stream?.qualities() ?? [], chosen, set), auto] };
  }

  #qualityNow() {
    const { stream } = this.player;
    const index = stream?.quality ?? -1;
    const wanted = index < 0 ? stream?.shownQuality : index;
    const name = stream?.qualities().find((quality) => quality.index === wanted)?.name ?? "";
    if (index >= 0) return name;
    return name === "" ? words.auto : words.autoNow(name);
  }

  /** @returns {MenuPage} */
  #codecPage() {
    const codecs = this.player.stream?.codecs;
    const items = (codecs?.names ?? []).map((name) => ({ name, checked: name === codecs?.now, choose: () => codecs?.choose(name) }));
    return { title: words.codec, items };
  }

  /** @returns {MenuPage} */
  #audioPage() {
    const { stream } = this.player;
    const set = (/** @type {number} */ index) => {
      if (stream) stream.audioTrack = index;
    };
    return { title: words.audioTrack, items: choices(stream?.audioTracks() ?? [], stream?.audioTrack ?? -1, set) };
  }

  /** @returns {MenuPage} */
  #speedPage() {
    const now = this.player.video.playbackRate;
    const items = this.player.speeds.map((rate) => ({
      name: rate === 1 ? words.normal : words.times(rate),
      checked: rate === now,
      choose: () => this.player.setSpeed(rate),
    }));
    return { title: words.speed, items };
  }
}

/** @param {StyleName} name @param {string} value */
function styleValue(name, value) {
  return /** @type {Record<string, string>} */ (words.captionStyle[name].values)[value];
}

/** @param {Choice[]} tracks @param {number} chosen @param {(index: number) => void} choose */
function choices(tracks, chosen, choose) {
  return tracks.map(({ name, index }) => ({ name, checked: index === chosen, choose: () => choose(index) }));
}

/** @param {import("../shared/icons.js").IconName} picture @param {string} name @param {() => void} onclick @param {string} [className] */
function button(picture, name, onclick, className = "") {
  const element = h("button", { type: "button", class: `control ${className}`.trim(), onclick });
  rename(element, picture, name);
  return element;
}

/** @param {HTMLButtonElement} element @param {import("../shared/icons.js").IconName} picture @param {string} name */
function rename(element, picture, name) {
  if (element.title === name && element.dataset.picture === picture) return;
  fill(element, icon(picture));
  element.dataset.picture = picture;
  element.title = name;
  element.setAttribute("aria-label", name);
}
