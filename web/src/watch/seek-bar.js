/** The seek bar: a real range input (so it has a role, a value and keys), drawn by a track under it. It must not know streams. */
import { fill, h } from "../shared/dom.js";
import { clock, spokenClock } from "../shared/format.js";
import { texts } from "../texts.js";
import { Storyboard } from "./storyboard.js";

const KEYS_SECONDS = 2;
const words = texts.player;

export class SeekBar {
  #timer = 0;

  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
    this.storyboard = new Storyboard(player.session);
    this.input = h("input", { type: "range", min: 0, max: 1, step: "any", value: 0, "aria-label": words.seek });
    this.tipChapter = h("span", { class: "seek-chapter", hidden: true });
    this.tipTime = h("span");
    const inside = [this.storyboard.element, this.tipChapter, this.tipTime];
    this.tip = h("div", { class: "seek-tip", hidden: true, "aria-hidden": "true" }, ...inside);
    this.marks = h("div", { class: "seek-marks" });
    const track = h(
      "div",
      { class: "seek-track" },
      h("div", { class: "seek-buffered" }),
      h("div", { class: "seek-played" }),
      this.marks,
    );
    this.element = h("div", { class: "seek" }, track, h("div", { class: "seek-knob" }), this.input, this.tip);
    this.#listen();
  }

  #listen() {
    const { video } = this.player;
    for (const name of ["timeupdate", "progress", "durationchange", "seeking", "seeked"])
      video.addEventListener(name, () => this.#draw());
    this.input.addEventListener("input", () => this.player.seek(Number(this.input.value)));
    for (const name of /** @type {const} */ (["pointermove", "pointerdown"]))
      this.element.addEventListener(name, (event) => this.#point(event));
    for (const name of ["pointerleave", "pointercancel"]) this.element.addEventListener(name, () => this.#hide());
    this.element.addEventListener("pointerup", (event) => event.pointerType !== "mouse" && this.#hide());
    // By the keyboard: while the focus is on the bar, the tip stands where the film is going.
    video.addEventListener("seeking", () => this.input.matches(":focus-visible") && this.#showFor(video.currentTime));
    this.input.addEventListener("blur", () => this.#hide());
    this.#draw();
  }

  #draw() {
    const { video, duration } = this.player;
    const whole = duration || 1;
    this.input.max = String(whole);
    this.input.value = String(video.currentTime);
    this.input.setAttribute("aria-valuetext", words.position(spokenClock(video.currentTime), spokenClock(duration)));
    this.element.style.setProperty("--played", String(Math.min(video.currentTime / whole, 1)));
    this.element.style.setProperty("--buffered", String(Math.min(bufferedUntil(video) / whole, 1)));
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const box = this.element.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    const seconds = part * this.player.duration;
    this.#show(seconds);
  }

  /** A mark where each chapter begins; how many there are is known by now. */
  chaptersChanged() {
    const whole = this.player.duration || 1;
    const marks = this.player.chapters.list.filter(({ start }) => start > 0 && start < whole);
    fill(this.marks, ...marks.map(({ start }) => {
      const mark = h("span");
      mark.style.setProperty("left", `${(start / whole) * 100}%`);
      return mark;
    }));
  }

  /** For a while: a key has no end as a pointer has one. @param {number} seconds */
  #showFor(seconds) {
    this.#show(seconds);
    this.#timer = window.setTimeout(() => this.#hide(), KEYS_SECONDS * 1000);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.tip.hidden = true;
  }

  /** @param {number} seconds */
  #show(seconds) {
    clearTimeout(this.#timer);
    const part = Math.min(Math.max(seconds / (this.player.duration || 1), 0), 1);
    const chapter = this.player.chapters.titleAt(seconds);
    this.tipChapter.textContent = chapter;
    this.tipChapter.hidden = chapter === "";
    this.tipTime.textContent = clock(seconds);
    this.storyboard.show(seconds);
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    this.tip.style.setProperty("left", `clamp(${half}px, ${part * 100}%, calc(100% - ${half}px))`);
  }
}

/** The end of the stretch that is loaded around now. @param {HTMLVideoElement} video */
function bufferedUntil({ buffered, currentTime }) {
  for (let at = 0; at < buffered.length; at += 1) {
    if (buffered.start(at) <= currentTime + 0.5 && buffered.end(at) >= currentTime) return buffered.end(at);
  }
  return 0;
}
