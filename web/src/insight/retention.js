/** Who stayed, under the film and as wide as it: a click or an arrow goes there. It must not know how views are counted. */
import { fill, h } from "../shared/dom.js";
import { clock, percent, spokenClock } from "../shared/format.js";
import { texts } from "../texts.js";
import { Chart } from "./chart.js";

/** @typedef {{video: HTMLVideoElement, open: () => Promise<void>}} Film */

const PIXELS = 96;
const words = texts.insight.retention;

export class Retention {
  /** @type {Chart | null} */
  #chart = null;
  #seconds = 0;
  /** Where somebody wants to go. @type {number | null} */
  #wanted = null;

  /** @param {Film} film */
  constructor(film) {
    this.film = film;
    this.element = h("div", { class: "retention", hidden: true });
    film.video.addEventListener("loadedmetadata", () => this.#arrive());
    for (const name of ["timeupdate", "seeking", "loadedmetadata"])
      film.video.addEventListener(name, () => this.#follow());
  }

  /** @param {import("./report.js").Report} report @param {number | null} seconds how long the film is */
  show(report, seconds) {
    this.element.hidden = report.views === 0 || seconds === null;
    if (this.element.hidden || seconds === null) return;
    this.#seconds = seconds;
    const kept = report.retention;
    const time = (/** @type {number} */ at) => (seconds * at) / kept.length;
    this.#chart = new Chart({
      name: words.title,
      series: [{ name: words.title, shape: "steps", values: kept }],
      rest: words.rest(percent(kept.reduce((sum, share) => sum + share, 0) / kept.length)),
      read: (at) => words.at(spokenClock(time(at)), percent(kept[at])),
      mark: (at) => clock(time(at)),
      value: percent,
      bare: true,
      most: 1,
      pixels: PIXELS,
      onchoose: (at) => this.#go(time(at)),
    });
    const scale = h("div", { class: "retention-scale", "aria-hidden": "true" }, h("span", {}, percent(1)), h("span", {}, percent(0.5)), h("span", {}, percent(0)));
    this.#chart.plot.append(scale);
    const ends = h("div", { class: "retention-ends", dir: "ltr", "aria-hidden": "true" }, h("span", {}, clock(0)), h("span", {}, clock(seconds)));
    fill(this.element, this.#chart.element, ends);
    this.#follow();
  }

  /** @param {number} seconds */
  async #go(seconds) {
    this.#chart?.point(seconds / this.#seconds);
    this.#wanted = seconds;
    await this.film.open();
    this.#arrive();
  }

  /** There, as soon as the film knows its own length. */
  #arrive() {
    if (this.#wanted === null || this.film.video.readyState === HTMLMediaElement.HAVE_NOTHING) return;
    this.film.video.currentTime = this.#wanted;
    this.#wanted = null;
  }

  #follow() {
    if (this.#wanted === null) this.#chart?.point(this.film.video.currentTime / (this.#seconds || 1));
  }
}
