/** One asset: everything a publisher can see and change of it. It must not know how each part is edited. */
import { call } from "../shared/api.js";
import { badges } from "../shared/badges.js";
import { fill, h } from "../shared/dom.js";
import { clock, progressText } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { removeDialog } from "../shared/remove.js";
import { shareDialog } from "../library/share.js";
import { texts } from "../texts.js";
import { CaptionSection } from "./captions.js";
import { ChapterSection } from "./chapters.js";
import { DetailSection } from "./details.js";
import { InsightSection } from "./insight.js";
import { PosterSection } from "./poster.js";
import { Preview } from "./preview.js";
import { isMoving } from "./row.js";
import { SessionSection } from "./sessions.js";
import { VersionSection } from "./versions.js";

/** @typedef {import("../shared/api.js").Asset} Asset */

const POLL_MS = 2500;
const words = texts.studio;

/** @param {string} id @returns {Promise<import("./main.js").View>} */
export async function assetView(id) {
  const { body: asset } = /** @type {{body: Asset}} */ (await call(`/v1/assets/${encodeURIComponent(id)}`));
  const page = new AssetPage(asset);
  page.update(asset);
  return { title: asset.title, elements: page.elements };
}

class AssetPage {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Asset} asset */
  constructor(asset) {
    this.asset = asset;
    this.title = h("h1", {});
    this.state = h("div", { class: "asset-state", role: "status" });
    this.actions = h("div", { class: "asset-actions" });
    this.preview = new Preview(asset);
    const onchange = () => this.refresh();
    const insight = new InsightSection(this.preview, asset.id);
    this.retention = insight.retention;
    this.sections = [
      new DetailSection(onchange),
      new PosterSection(this.preview, onchange),
      new CaptionSection(this.preview, onchange),
      new ChapterSection(this.preview, onchange),
      insight,
      new VersionSection(onchange),
      new SessionSection(),
    ];
  }

  get elements() {
    const head = h("div", { class: "asset-head" }, h("div", {}, this.title, this.state), this.actions);
    const side = h("div", { class: "asset-side" }, this.preview.element, this.retention.element);
    const main = h("div", { class: "asset-main" }, ...this.sections.map(({ element }) => element), this.#danger());
    return [head, h("div", { class: "asset-columns" }, side, main)];
  }

  /** @param {Asset} asset */
  update(asset) {
    this.asset = asset;
    if (this.title.textContent !== asset.title) this.title.textContent = asset.title;
    document.title = `${asset.title} · ${texts.brand}`;
    fill(this.state, ...stateOf(asset));
    if (this.actions.childElementCount === 0 || this.actions.hidden !== (asset.version === null)) this.#act(asset);
    for (const section of this.sections) section.update(asset);
    clearTimeout(this.#timer);
    if (isMoving(asset)) this.#timer = setTimeout(() => this.refresh(), POLL_MS);
  }

  async refresh() {
    clearTimeout(this.#timer);
    try {
      this.update(/** @type {{body: Asset}} */ (await call(`/v1/assets/${this.asset.id}`)).body);
    } catch {
      this.#timer = setTimeout(() => this.refresh(), POLL_MS); // unreachable for a moment
    }
  }

  /** @param {Asset} asset */
  #act(asset) {
    this.actions.hidden = asset.version === null;
    const share = () => shareDialog(this.asset);
    fill(
      this.actions,
      h("a", { class: "button", href: `/watch/${asset.id}` }, icon("play"), texts.upload.watch),
      h("button", { type: "button", class: "button button-main", onclick: share }, icon("link"), texts.library.share),
    );
  }

  #danger() {
    const leave = () => this.#gone();
    const remove = () => removeDialog([this.asset], leave);
    const button = h("button", { type: "button", class: "button button-quiet-danger", onclick: remove }, icon("trash"), words.remove);
    const title = h("h2", { id: "danger-title" }, words.danger);
    return h("section", { class: "panel", "aria-labelledby": "danger-title" }, title, h("p", { class: "muted" }, words.dangerLead), button);
  }

  /** Back to the list when it is gone; a deletion that failed leaves everything as it is. */
  async #gone() {
    try {
      await call(`/v1/assets/${this.asset.id}`);
    } catch {
      location.assign("/studio");
    }
  }
}

/** @param {Asset} asset */
function stateOf(asset) {
  const names = badges(asset);
  if (asset.status === "failed") return [...names, h("p", { class: "row-error" }, asset.error?.message ?? texts.library.failedNoReason)];
  if (!isMoving(asset) || asset.status === "uploading") return names;
  const left = !asset.seconds_left ? "" : ` · ${texts.library.left(clock(asset.seconds_left))}`;
  return [...names, h("span", { class: "muted" }, `${progressText(asset.progress)}${left}`)];
}
