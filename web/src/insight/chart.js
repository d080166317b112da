/**
 * A chart (uPlot) that is read without colour, with a pointer, by keyboard and by ear: series differ by shape, and a range
 * input lies over the plot, whose arrows move the reading and whose value is said. It must not know what is counted.
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { fill, h, svg } from "../shared/dom.js";

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {"bars" | "line" | "steps"} shape
 * @property {(number | null)[]} values one for each place; null where nothing is known
 */

/**
 * @typedef {object} Drawing
 * @property {string} name
 * @property {Series[]} series all of them on one scale
 * @property {string} rest what is read while nobody points
 * @property {(at: number) => string} read the place in words
 * @property {(at: number) => string} mark the place under the axis
 * @property {(value: number) => string} value of the scale at the side
 * @property {boolean} [bare] nothing beside the plot, which is then as wide as its element
 * @property {number} [most] the top of the scale, when it is known
 * @property {number} [least] where its top is at least; 1
 * @property {number} [pixels] its height
 * @property {(at: number) => void} [onchoose] somebody went to that place, by key or pointer
 */

const PIXELS = 180;
const SIDE_PIXELS = 56;
const UNDER_PIXELS = 26;
const RIGHT_PIXELS = 20; // half of the last word under the axis; the style sheet knows these, too
const LABEL_PIXELS = 76; // room for one word under the axis
const LINE_PIXELS = 42;
const COLOURS = ["--chart-first", "--chart-second"];

export class Chart {
  /** @type {uPlot | null} */
  #plot = null;

  /** @param {Drawing} drawing */
  constructor(drawing) {
    this.drawing = drawing;
    const last = Math.max(0, drawing.series[0].values.length - 1);
    this.reader = h("input", { type: "range", class: "chart-reader", min: 0, max: last, step: 1, value: last });
    this.reader.setAttribute("aria-label", drawing.name);
    this.reading = h("p", { class: "chart-reading", "aria-hidden": "true" }, drawing.rest);
    this.line = h("div", { class: "chart-line", hidden: true });
    this.canvas = h("div", { class: "chart-canvas", "aria-hidden": "true" });
    this.over = h("div", { class: "chart-over" }, this.line, this.reader);
    this.plot = h("div", { class: "chart-plot", dir: "ltr" }, this.canvas, this.over);
    this.element = h("figure", { class: "chart" }, this.#caption(), this.plot);
    this.#listen();
    this.#say(last);
    new ResizeObserver(() => this.#size()).observe(this.plot);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#plot?.redraw());
  }

  /** Puts the line there, without a word. @param {number} part of the width, 0–1 */
  point(part) {
    this.line.hidden = false;
    this.line.style.setProperty("left", `${Math.min(Math.max(part, 0), 1) * 100}%`);
  }

  #caption() {
    const { name, series } = this.drawing;
    const keys = series.length > 1 && h("ul", { class: "chart-keys" }, ...series.map((one, at) => h("li", {}, swatch(one, at), one.name)));
    return h("figcaption", {}, h("h3", {}, name), keys, this.reading);
  }

  #listen() {
    this.reader.addEventListener("input", () => {
      this.#go(Number(this.reader.value));
      this.drawing.onchoose?.(Number(this.reader.value));
    });
    this.reader.addEventListener("focus", () => this.reader.matches(":focus-visible") && this.#go(Number(this.reader.value)));
    this.reader.addEventListener("blur", () => this.#rest());
    this.over.addEventListener("pointermove", (event) => this.#go(this.#placeOf(event)));
    this.over.addEventListener("pointerleave", () => this.#rest());
  }

  /** @param {PointerEvent} event */
  #placeOf(event) {
    const box = this.over.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    const last = Number(this.reader.max);
    return this.#steps ? Math.min(Math.floor(part * (last + 1)), last) : Math.round(part * last);
  }

  get #steps() {
    return this.drawing.series[0].shape === "steps";
  }

  /** @param {number} at */
  #go(at) {
    const last = Number(this.reader.max);
    fill(this.reading, this.drawing.read(at));
    this.#say(at);
    if (!this.#steps) this.point(last === 0 ? 0.5 : at / last);
  }

  #rest() {
    fill(this.reading, this.drawing.rest);
    if (!this.#steps) this.line.hidden = true;
  }

  /** @param {number} at */
  #say(at) {
    this.reader.setAttribute("aria-valuetext", this.drawing.read(at));
  }

  #size() {
    const width = Math.floor(this.plot.clientWidth);
    if (width === 0) return;
    const height = this.drawing.pixels ?? PIXELS;
    if (this.#plot === null) this.#plot = new uPlot(this.#options(width, height), this.#data(), this.canvas);
    else this.#plot.setSize({ width, height });
  }

  /** A step runs to the next place, so the last needs one more. @returns {uPlot.AlignedData} */
  #data() {
    const series = this.drawing.series.map(({ shape, values }) => (shape === "steps" ? [...values, values.at(-1) ?? 0] : values));
    return [series[0].map((_, at) => at), ...series];
  }

  /** @param {number} width @param {number} height @returns {uPlot.Options} */
  #options(width, height) {
    const { series, bare = false, mark, value, most, least = 1 } = this.drawing;
    const places = series[0].values.length;
    const highest = Math.max(least, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
    /** @type {[number, number]} */
    const across = this.#steps ? [0, places] : [-0.5, places - 0.5];
    const axis = { stroke: () => colour("--muted"), font: `12px ${getComputedStyle(this.plot).fontFamily}`, ticks: { show: false } };
    const grid = { stroke: () => colour("--line"), width: 1 };
    const placed = (/** @type {uPlot} */ plot) => marked(places, plot.bbox.width / devicePixelRatio);
    return {
      width,
      height,
      padding: bare ? [6, 0, 0, 0] : [8, RIGHT_PIXELS, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: across }, y: { range: [0, most ?? highest * 1.05] } },
      axes: [
        { ...axis, show: !bare, size: UNDER_PIXELS, grid: { show: false }, splits: placed, values: (_, at) => at.map((one) => mark(one)) },
        { ...axis, size: bare ? 0 : SIDE_PIXELS, grid, space: LINE_PIXELS, values: (_, at) => (bare ? at.map(() => "") : at.map((one) => value(one))) },
      ],
      series: [{}, ...series.map(drawn)],
    };
  }
}

/** @param {Series} series @param {number} at @returns {uPlot.Series} */
function drawn({ shape }, at) {
  const stroke = () => colour(COLOURS[at]);
  if (shape === "bars") return { stroke, fill: stroke, width: 0, points: { show: false }, paths: uPlot.paths.bars?.({ size: [0.62, 44], radius: 0.12 }) };
  if (shape === "steps") return { stroke, fill: () => colour("--chart-fill"), width: 2, points: { show: false }, paths: uPlot.paths.stepped?.({ align: 1 }) };
  const points = { show: true, size: 9, fill: () => colour("--surface"), stroke, width: 2 }; // rings are seen on a bar, too
  return { stroke, width: 2, dash: [6, 4], points };
}

/** Places with a mark under them, evenly, the last among them: it is today. @param {number} places @param {number} pixels */
function marked(places, pixels) {
  const step = Math.max(1, Math.ceil(places / Math.max(1, Math.floor(pixels / LABEL_PIXELS))));
  return Array.from({ length: Math.ceil(places / step) }, (_, at) => places - 1 - at * step).reverse();
}

/** What the legend shows beside a name: the series' shape as well as its colour. @param {Series} series @param {number} at */
function swatch({ shape }, at) {
  const bars = [svg("rect", { x: "2", y: "6", width: "5", height: "8" }), svg("rect", { x: "9", y: "2", width: "5", height: "12" })];
  const line = [svg("path", { d: "M1 8h14", "stroke-dasharray": "4 2" }), svg("circle", { cx: "8", cy: "8", r: "3.5" })];
  return svg("svg", { viewBox: "0 0 16 16", class: `chart-swatch chart-swatch-${at}`, "aria-hidden": "true" }, ...(shape === "bars" ? bars : line));
}

/** @param {string} name of a property of the style sheet */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
