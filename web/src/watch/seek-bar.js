/** The seek bar: a real range input (so it has a role, a value and keys), drawn by a track under it. It must not know streams. */
import { h } from "../shared/dom.js";
import { clock, spokenClock } from "../shared/format.js";
import { texts } from "../texts.js";
import { Storyboard } from "./storyboard.js";

const words = texts.player;

export class SeekBar {
  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
    this.storyboard = new Storyboard(player.session);
    this.input = h("input", { type: "range", min: 0, max: 1, step: "any", value: 0, "aria-label": words.seek });
    this.tipTime = h("span");
    this.tip = h("div", { class: "seek-tip", hidden: true }, this.storyboard.element, this.tipTime);
    const track = h(
      "div",
      { class: "seek-track" },
      h("div", { class: "seek-buffered" }),
      h("div", { class: "seek-played" }),
    );
    this.element = h("div", { class: "seek" }, track, h("div", { class: "seek-knob" }), this.input, this.tip);
    this.#listen();
  }

  #listen() {
    const { video } = this.player;
    for (const name of ["timeupdate", "progress", "durationchange", "seeking", "seeked"])
      video.addEventListener(name, () => this.#draw());
    this.input.addEventListener("input", () => this.player.seek(Number(this.input.value)));
    this.element.addEventListener("pointermove", (event) => this.#point(event));
    for (const name of ["pointerleave", "pointercancel"])
      this.element.addEventListener(name, () => (this.tip.hidden = true));
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
