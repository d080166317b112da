/** A report on the page: figures, days, and how it divides. It must not know whose report it is. */
import { fill, h } from "../shared/dom.js";
import { day, duration, hours, number, percent, shortDay, startUp } from "../shared/format.js";
import { recall, remember } from "../shared/storage.js";
import { texts } from "../texts.js";
import { breakdown } from "./breakdown.js";
import { Chart } from "./chart.js";
import { csvButton } from "./csv.js";
import { everyDay, readReport } from "./report.js";

/** @typedef {import("./report.js").Report} Report */
/** @typedef {import("./report.js").Day} Day */
/** @typedef {import("./report.js").Experience} Experience */

const words = texts.insight;
const SPANS = [7, 28, 90, 365];
const EXPERIENCE = /** @type {const} */ (["startup_ms_p50", "startup_ms_p95", "stalled_share"]);
const COLUMNS = /** @type {const} */ (["day", "views", "viewers", "watch_seconds", "stalled_seconds", ...EXPERIENCE, "errors"]);

export class InsightView {
  #asked = 0;

  /** @param {string | null} asset null: all together @param {(report: Report) => void} [onreport] */
  constructor(asset, onreport = () => {}) {
    this.asset = asset;
    this.onreport = onreport;
    this.span = h("select", { class: "input select", "aria-label": words.span, onchange: () => this.#chosen() });
    fill(this.span, ...SPANS.map((days) => h("option", { value: days }, words.days(days))));
    const kept = Number(recall("insight.days"));
    this.span.value = String(SPANS.includes(kept) ? kept : 28);
    this.files = h("div", { class: "insight-files" });
    this.body = h("div", { class: "insight-body" }, h("p", { class: "muted" }, texts.studio.loading));
    this.element = h("div", { class: "insight" }, h("div", { class: "insight-head" }, this.span, this.files), this.body);
  }

  /** @throws {import("../shared/api.js").Problem} */
  async load() {
    const asked = ++this.#asked;
    const report = await readReport(this.asset, Number(this.span.value));
    if (asked !== this.#asked) return;
    this.#draw(report);
    this.onreport(report);
  }

  async #chosen() {
    remember("insight.days", this.span.value);
    await this.load().catch((error) => fill(this.body, h("p", { class: "field-error", role: "alert" }, error.message)));
  }

  /** @param {Report} report */
  #draw(report) {
    const days = everyDay(report);
    fill(this.files, ...(report.views > 0 || report.days.length > 0 ? filesOf(report, days) : []));
    if (report.views === 0 && report.days.length === 0) return fill(this.body, h("p", { class: "muted" }, words.nothing));
    return fill(this.body, figures(report), ...charts(days), dayTable(days), divisions(report));
  }
}

/** @param {Report} report */
function figures(report) {
  const { views, viewers, watch_seconds: watched, stalls, stalled_share: stalled } = report;
  const errors = Object.values(report.errors).reduce((sum, count) => sum + count, 0);
  const pair = (/** @type {string} */ half, /** @type {string} */ most) => words.half(half, most);
  const tiles = [
    [words.views, number(views), ""],
    [words.viewers, number(viewers), words.viewersHint],
    [words.watched, duration(watched), views > 0 ? words.each(duration(watched / views)) : ""],
    [words.startUp, startUp(report.startup_ms_p50), report.startup_ms_p95 === null ? "" : words.ofHalf(startUp(report.startup_ms_p95))],
    [words.stalled, percent(stalled, 2), report.stalled_share_p95 === null ? words.stalls(stalls) : pair(percent(report.stalled_share_p50 ?? 0, 1), percent(report.stalled_share_p95, 1))],
    [words.errors, number(errors), views > 0 ? words.errorShare(percent(errors / views, 1)) : ""],
  ];
  return h("dl", { class: "figures" }, ...tiles.map(([name, value, hint]) => h("div", {}, h("dt", {}, name), h("dd", { class: "figure" }, value), hint !== "" && h("dd", { class: "hint" }, hint))));
}

/** @param {Day[]} days */
function charts(days) {
  const sum = (/** @type {(each: Day) => number} */ of) => days.reduce((total, each) => total + of(each), 0);
  const mark = (/** @type {number} */ at) => shortDay(days[at]?.day ?? days[0].day);
  const people = new Chart({
    name: words.viewsByDay,
    series: [
      { name: words.views, shape: "bars", values: days.map(({ views }) => views) },
      { name: words.viewers, shape: "line", values: days.map(({ viewers }) => viewers) },
    ],
    rest: words.readAll(words.countViews(sum(({ views }) => views))),
    read: (at) => words.readDay(day(days[at].day), `${words.countViews(days[at].views)}, ${words.countViewers(days[at].viewers)}`),
    mark,
    value: (count) => (Number.isInteger(count) ? number(count) : ""),
  });
  const time = new Chart({
    name: words.timeByDay,
    series: [{ name: words.watched, shape: "bars", values: days.map(({ watch_seconds: seconds }) => seconds / 3600) }],
    rest: words.readAll(duration(sum(({ watch_seconds: seconds }) => seconds))),
    read: (at) => words.readDay(day(days[at].day), words.readTime(duration(days[at].watch_seconds), duration(days[at].stalled_seconds))),
    mark,
    value: hours,
    least: 1 / 6, // of an hour: less is no scale
  });
  const starts = new Chart({
    name: words.startByDay,
    series: [
      { name: words.most, shape: "bars", values: days.map(({ startup_ms_p95: most }) => most && most / 1000) },
      { name: words.halfOf, shape: "line", values: days.map(({ startup_ms_p50: half }) => half && half / 1000) },
    ],
    rest: words.startRest,
    read: (at) => words.readDay(day(days[at].day), words.readStart(...experience(days[at]))),
    mark,
    value: (seconds) => startUp(seconds * 1000),
    least: 1,
  });
  const stood = new Chart({
    name: words.stoodByDay,
    series: [{ name: words.stalled, shape: "bars", values: days.map(({ stalled_share: share }) => share) }],
    rest: words.stoodRest,
    read: (at) => words.readDay(day(days[at].day), words.readStart(...experience(days[at]))),
    mark,
    value: (share) => percent(share, 1),
    least: 0.01,
  });
  return [h("div", { class: "charts" }, people.element, time.element, starts.element, stood.element)];
}

/** @param {Day[]} days */
function dayTable(days) {
  const head = h("thead", {}, h("tr", {}, ...words.columns.map((name) => h("th", { scope: "col" }, name))));
  const body = h("tbody", {});
  const table = h("table", {}, h("caption", { class: "visually-hidden" }, words.table), head, body);
  const scroll = h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": words.table }, table);
  const rows = () => [...days].reverse().map((each) =>
    h("tr", {}, h("th", { scope: "row" }, day(each.day)), ...[number(each.views), number(each.viewers), duration(each.watch_seconds), duration(each.stalled_seconds), ...experience(each), number(each.errors)].map((text) => h("td", {}, text))));
  return h("details", { class: "insight-table", ontoggle: () => body.childElementCount === 0 && fill(body, ...rows()) }, h("summary", {}, words.asTable), scroll);
}

/** @param {Report} report */
function divisions({ errors, devices, renditions, by_device: byDevice, by_rendition: byRendition }) {
  const named = (/** @type {Record<string, number>} */ counts, /** @type {Record<string, string>} */ names, /** @type {Record<string, Experience>} */ told = {}) =>
    Object.entries(counts).map(([name, count]) => /** @type {[string, number, string?]} */ ([names[name] ?? name, count, told[name] && words.startOf(...experience(told[name]))]));
  return h(
    "div",
    { class: "divisions" },
    breakdown(words.byDevice, named(devices, words.devices, byDevice), number, words.noDevices),
    breakdown(words.byRendition, named(renditions, words.renditions, byRendition), duration, words.noRenditions),
    breakdown(words.byError, Object.entries(errors).map(([kind, count]) => [words.errorKinds[kind] ?? kind, count]), number, words.noErrors),
  );
}

/** Start-up of half and of most views, and the share of time that stood still. @param {Experience} told @returns {[string, string, string]} */
function experience(told) {
  return [startUp(told.startup_ms_p50), startUp(told.startup_ms_p95), percent(told.stalled_share, 2)];
}

/** @param {Report} report @param {Day[]} days */
function filesOf(report, days) {
  const name = (/** @type {string} */ what) => `${report.asset_id ?? "matinee"}-${what}-${report.first}-${report.last}.csv`;
  const divided = () => [
    ["of", "name", "value"],
    ...Object.entries(report.devices).map(([kind, views]) => ["views_by_device", kind, views]),
    ...Object.entries(report.renditions).map(([rendition, seconds]) => ["seconds_by_rendition", rendition, seconds]),
    ...Object.entries(report.errors).map(([kind, count]) => ["errors_by_kind", kind, count]),
    ...EXPERIENCE.flatMap((what) => [
      ...Object.entries(report.by_device).map(([kind, told]) => [`${what}_by_device`, kind, told[what] ?? ""]),
      ...Object.entries(report.by_rendition).map(([rendition, told]) => [`${what}_by_rendition`, rendition, told[what] ?? ""]),
    ]),
  ];
  const kept = () => [["hundredth", "share_of_views"], ...report.retention.map((share, at) => [at, share])];
  return [
    csvButton(words.csvDays, name("days"), () => [[...COLUMNS], ...days.map((each) => COLUMNS.map((column) => each[column] ?? ""))]),
    csvButton(words.csvDivided, name("divided"), divided),
    report.asset_id !== null && csvButton(words.csvRetention, name("retention"), kept),
  ].filter((button) => button !== false);
}
