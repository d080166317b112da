/** The lines of one caption track, edited against the film. It must not know where tracks are kept. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { iconButton } from "../shared/page.js";
import { texts } from "../texts.js";
import { secondsOf, timestamp } from "./vtt.js";

/** @typedef {import("./vtt.js").Cue} Cue */
/** @typedef {import("./vtt.js").Captions} Captions */

const words = texts.studio.cues;
const LENGTH_SECONDS = 3; // of a new line: about what a sentence takes to read

export class CueEditor {
  /** @type {CueLine[]} */
  #lines = [];
  changed = false;

  /** @param {Captions} captions @param {HTMLVideoElement} video @param {string} language */
  constructor(captions, video, language) {
    this.head = captions.head;
    this.video = video;
    this.track = video.addTextTrack("captions", language, language);
    this.track.mode = "showing";
    this.list = h("ol", { class: "cues", "aria-label": words.list });
    const add = { type: "button", class: "button button-small", onclick: () => this.#add() };
    this.problem = h("p", { class: "field-error", role: "alert" });
    this.element = h("div", { class: "cue-editor" }, this.list, h("button", add, icon("plus"), words.add), this.problem);
    for (const cue of captions.cues) this.#insert(cue);
    video.addEventListener("timeupdate", this.#follow);
  }

  /** The captions as they stand; null when a line cannot be: it is then shown, with the reason. @returns {Captions | null} */
  read() {
    const wrong = this.#lines.find((line) => line.problem() !== null);
    fill(this.problem, wrong?.problem());
    wrong?.show();
    return wrong === undefined ? { head: this.head, cues: this.#lines.map((line) => line.cue) } : null;
  }

  close() {
    this.video.removeEventListener("timeupdate", this.#follow);
    this.track.mode = "disabled";
    for (const line of this.#lines) line.leave(this.track);
    this.element.remove();
  }

  #add() {
    const start = this.video.currentTime;
    const line = this.#insert({ id: "", start, end: start + LENGTH_SECONDS, settings: "", text: "" });
    this.changed = true;
    line.text.focus();
  }

  /** @param {Cue} cue */
  #insert(cue) {
    const line = new CueLine(cue, this.video, {
      onchange: () => {
        this.changed = true;
        line.join(this.track);
      },
      onremove: () => this.#remove(line),
    });
    const before = this.#lines.findIndex((other) => other.cue.start > cue.start);
    const at = before === -1 ? this.#lines.length : before;
    this.list.insertBefore(line.element, this.#lines[at]?.element ?? null);
    this.#lines.splice(at, 0, line);
    line.join(this.track);
    return line;
  }

  /** @param {CueLine} line */
  #remove(line) {
    const at = this.#lines.indexOf(line);
    this.#lines.splice(at, 1);
    line.leave(this.track);
    line.element.remove();
    this.changed = true;
    (this.#lines[at] ?? this.#lines[at - 1])?.text.focus();
  }

  #follow = () => {
    const now = this.video.currentTime;
    for (const line of this.#lines) line.mark(line.cue.start <= now && now < line.cue.end);
  };
}

class CueLine {
  /** @type {VTTCue | null} */
  #shown = null;

  /** @param {Cue} cue @param {HTMLVideoElement} video @param {{onchange: () => void, onremove: () => void}} hooks */
  constructor(cue, video, hooks) {
    this.cue = { ...cue };
    const name = () => timestamp(this.cue.start);
    this.start = this.#time("start", words.start, hooks.onchange);
    this.end = this.#time("end", words.end, hooks.onchange);
    this.text = h("textarea", { class: "input cue-text", rows: 2, "aria-label": words.text, dir: "auto" });
    this.text.value = cue.text;
    this.text.addEventListener("input", () => {
      this.cue.text = this.text.value;
      hooks.onchange();
    });
    const set = (/** @type {"start" | "end"} */ which) => {
      this.cue[which] = video.currentTime;
      this[which].value = timestamp(video.currentTime);
      hooks.onchange();
    };
    const play = () => {
      video.currentTime = this.cue.start;
      video.play().catch(() => null);
    };
    const tools = [
      iconButton("play", words.play(name()), play),
      iconButton("skipStart", words.setStart, () => set("start")),
      iconButton("skipEnd", words.setEnd, () => set("end")),
      iconButton("trash", words.remove(name()), hooks.onremove),
    ];
    const times = h("div", { class: "cue-times" }, this.start, h("span", { "aria-hidden": "true" }, "–"), this.end);
    this.element = h("li", { class: "cue" }, h("div", { class: "cue-side" }, times, h("div", { class: "cue-tools" }, ...tools)), this.text);
  }

  /** What is wrong with it, or null. */
  problem() {
    const [start, end] = [secondsOf(this.start.value), secondsOf(this.end.value)];
    this.start.setAttribute("aria-invalid", String(start === null));
    this.end.setAttribute("aria-invalid", String(end === null || (start !== null && end <= start)));
    if (start === null || end === null) return words.badTime;
    if (end <= start) return words.badOrder(timestamp(start));
    return this.cue.text.trim() === "" ? words.noText(timestamp(start)) : null;
  }

  show() {
    this.element.scrollIntoView({ block: "nearest" });
    (this.cue.text.trim() === "" ? this.text : this.start).focus();
  }

  /** As it is now on the film. @param {TextTrack} track */
  join(track) {
    this.leave(track);
    if (this.cue.end <= this.cue.start || this.cue.text.trim() === "") return;
    this.#shown = new VTTCue(this.cue.start, this.cue.end, this.cue.text);
    track.addCue(this.#shown);
  }

  /** @param {TextTrack} track */
  leave(track) {
    if (this.#shown !== null) track.removeCue(this.#shown);
    this.#shown = null;
  }

  /** @param {boolean} now */
  mark(now) {
    if (this.element.hasAttribute("data-now") === now) return;
    this.element.toggleAttribute("data-now", now);
  }

  /** @param {"start" | "end"} which @param {string} name @param {() => void} onchange */
  #time(which, name, onchange) {
    const field = h("input", { class: "input cue-time", "aria-label": name, inputmode: "decimal", autocomplete: "off" });
    field.value = timestamp(this.cue[which]);
    field.addEventListener("change", () => {
      const seconds = secondsOf(field.value);
      if (seconds !== null) {
        this.cue[which] = seconds;
        field.value = timestamp(seconds);
      }
      onchange();
    });
    return field;
  }
}
