/** What is published of an asset, what was, and ingesting it again. It must not know the rest of its page. */
import { call, create } from "../shared/api.js";
import { may } from "../shared/credential.js";
import { fill, h } from "../shared/dom.js";
import { codecName, dateTime, dollars, languageName, relative } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { Panel } from "./panel.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{published: string | null, attempt: number, superseded: {version: string | null, at: string, removed_after: string}[]}} Versions */

const words = texts.studio.versions;

export class VersionSection extends Panel {
  #shown = "";

  /** @param {() => void} onchange */
  constructor(onchange) {
    super("versions", words.title);
    this.onchange = onchange;
    this.list = h("div", {});
    this.buttons = h("div", { class: "form-actions" });
    fill(this.body, this.list, this.buttons);
  }

  /** @param {Asset} asset */
  update(asset) {
    const shown = [asset.version, asset.status, asset.paused, asset.waiting?.message, asset.cost?.usd, asset.renditions.length].join();
    if (shown === this.#shown) return;
    this.#shown = shown;
    fill(this.buttons, ...this.#actions(asset));
    this.attempt(async () => {
      const { body } = /** @type {{body: Versions}} */ (await call(`/v1/assets/${asset.id}/versions`));
      fill(this.list, ...this.#view(asset, body));
    });
  }

  /** @param {Asset} asset @param {Versions} versions */
  #view(asset, versions) {
    const spent = spentOn(asset);
    if (versions.published === null) return [...spent, h("p", { class: "muted" }, words.none)];
    const now = h("p", { class: "version-now" }, h("strong", {}, words.current), " ", h("code", {}, versions.published), ` · ${words.attempt(versions.attempt)}`);
    const old = versions.superseded.filter(({ version }) => version !== null).map((each) =>
      h("li", {}, h("code", {}, each.version), ` ${words.superseded(dateTime(each.at), relative(each.removed_after))}`));
    return [...spent, now, renditionTable(asset), old.length > 0 && h("p", { class: "hint" }, words.old), old.length > 0 && h("ul", { class: "old-versions" }, ...old)];
  }

  /** @param {Asset} asset */
  #actions(asset) {
    const act = (/** @type {import("../shared/icons.js").IconName} */ picture, /** @type {string} */ name, /** @type {string} */ path, /** @type {string} */ done) => {
      const deed = async () => {
        await create(`/v1/assets/${asset.id}/ingest${path}`, {});
        notice(done);
        this.#shown = "";
        this.onchange();
      };
      return h("button", { type: "button", class: "button", onclick: () => this.attempt(deed) }, icon(picture), name);
    };
    const library = texts.library;
    if (asset.status === "ready" || asset.status === "failed") return [act("retry", library.ingest, "", library.ingestStarted)];
    if (asset.status === "uploading") return [];
    const cancel = act("ban", library.cancel, "/cancel", library.cancelled);
    if (asset.waiting) return may("spending:approve") ? [act("play", library.approve, "/approve", library.approved), cancel] : [cancel];
    const hold = asset.paused
      ? act("play", library.resume, "/resume", library.resumed)
      : act("pause", library.pause, "/pause", library.pausing);
    return [hold, cancel];
  }
}

/** What its ingest costs, and the limit it waits at. @param {Asset} asset */
function spentOn({ cost, waiting }) {
  const lines = [];
  if (waiting) lines.push(h("p", { class: "row-error", role: "status" }, waiting.message));
  if (waiting && !may("spending:approve")) lines.push(h("p", { class: "hint" }, texts.library.approvers));
  if (cost) lines.push(h("p", { class: "hint" }, words.cost(dollars(cost.usd), dollars(cost.usd_a_month))));
  return lines;
}

/** @param {Asset} asset */
function renditionTable({ title, renditions }) {
  const head = words.columns.map((name) => h("th", { scope: "col" }, name));
  const rows = renditions.map(({ name, kind, codecs, bandwidth, width, height, language }) => {
    const size = width && height ? `${width} × ${height}` : language ? languageName(language) : "–";
    const called = kind === "audio" ? words.sound(/** @type {string} */ (name.split("-").at(-1))) : name;
    return h("tr", {}, h("th", { scope: "row" }, called), h("td", {}, size), h("td", { title: codecs }, codecName(codecs)), h("td", {}, texts.player.bitrate(Math.round(bandwidth / 1000))));
  });
  const table = h("table", {}, h("caption", { class: "visually-hidden" }, words.renditionsOf(title)), h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  return h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": words.renditionsOf(title) }, table);
}
