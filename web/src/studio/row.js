/** One asset in the studio's list. It must not know the list; it is updated in place, so that focus and choice survive. */
import { badges } from "../shared/badges.js";
import { fill, h } from "../shared/dom.js";
import { bytes, clock, dateTime, progressText } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";

/** @typedef {import("../shared/api.js").Asset} Asset */

const words = texts.studio;
const MOVING = new Set(["uploading", "queued", "processing", "playable"]);

/** @param {Asset} asset */
export function isMoving(asset) {
  return MOVING.has(asset.status) && !asset.paused && !asset.waiting;
}

export class AssetRow {
  #drawn = "";

  /** @param {() => void} onchoose @param {(asset: Asset) => void} oningest */
  constructor(onchoose, oningest) {
    this.oningest = oningest;
    this.box = h("input", { type: "checkbox", class: "check", onchange: onchoose });
    this.picture = h("span", { class: "row-picture" });
    this.title = h("a", { class: "row-title" });
    this.facts = h("p", { class: "row-facts" });
    this.tags = h("ul", { class: "tags", "aria-label": words.tags });
    this.state = h("div", { class: "row-state" });
    const text = h("div", { class: "row-text" }, h("h2", {}, this.title), this.facts, this.tags);
    const choose = h("label", { class: "row-choose" }, this.box);
    this.element = h("li", { class: "asset-row" }, choose, this.picture, text, this.state);
  }

  get chosen() {
    return this.box.checked;
  }

  set chosen(chosen) {
    this.box.checked = chosen;
  }

  /** @param {Asset} asset */
  update(asset) {
    const drawn = JSON.stringify({ ...asset, poster_url: asset.poster_url !== null }); // its address changes every half hour
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.box.setAttribute("aria-label", words.choose(asset.title));
    this.title.href = `/studio/${asset.id}`;
    this.title.textContent = asset.title;
    fill(this.picture, pictureOf(asset));
    fill(this.facts, ...factsOf(asset).flatMap((fact, at) => (at === 0 ? [fact] : [" · ", fact])));
    fill(this.tags, ...asset.tags.map((tag) => h("li", { class: "tag" }, tag)));
    this.tags.hidden = asset.tags.length === 0;
    fill(this.state, ...this.#stateOf(asset));
  }

  /** @param {Asset} asset */
  #stateOf(asset) {
    const names = h("div", { class: "row-badges" }, ...badges(asset));
    if (asset.status === "failed") {
      const again = { type: "button", class: "button button-small", onclick: () => this.oningest(asset) };
      const name = `${texts.common.retry}: ${asset.title}`;
      const button = h("button", { ...again, "aria-label": name }, icon("retry"), texts.common.retry);
      return [names, h("p", { class: "row-error" }, asset.error?.message ?? texts.library.failedNoReason), button];
    }
    if (!MOVING.has(asset.status) || asset.status === "uploading") return [names];
    if (asset.waiting) return [names, h("p", { class: "row-facts" }, asset.waiting.message)];
    const bar = h("progress", { max: 100, "aria-label": texts.library.progress(asset.title) });
    if (asset.status !== "queued") bar.value = asset.progress;
    const left = !asset.seconds_left ? "" : ` · ${texts.library.left(clock(asset.seconds_left))}`;
    const figure = `${progressText(asset.progress)}${asset.paused ? "" : left}`;
    return [names, h("div", { class: "progress-line" }, bar, h("span", {}, figure))];
  }
}

/** @param {Asset} asset */
function pictureOf(asset) {
  const drawing = () => icon(asset.kind === "audio" ? "audio" : "film");
  if (!asset.poster_url) return drawing();
  const image = h("img", { src: asset.poster_url, alt: "", loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(drawing()));
  return image;
}

/** @param {Asset} asset */
function factsOf(asset) {
  const { duration_seconds: seconds, width, height, size_bytes: size, captions } = asset;
  return [
    asset.kind === "audio" ? texts.watch.audio : width && height ? `${Math.min(width, height)}p` : words.video,
    seconds !== null && clock(seconds),
    size !== null && bytes(size),
    captions.length > 0 && words.captionCount(captions.length),
    dateTime(asset.created_at),
  ].filter((fact) => fact !== false);
}
