/** Every asset, to find, choose and act on many at once. It must not know one asset's page. */
import { call, create, Problem, sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { wideOnly } from "../shared/page.js";
import { choiceFilter, searchBar, statusFilter } from "../shared/search.js";
import { dropZone } from "../upload/drop.js";
import { UploadPanel } from "../upload/panel.js";
import { emptyState, failedState, noMatchState } from "../library/states.js";
import { texts } from "../texts.js";
import { bulkBar } from "./bulk.js";
import { AssetRow, isMoving } from "./row.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{items: Asset[], next_cursor: string | null}} Listing */

const PAGE = 50;
const POLL_MS = 2500;
const words = texts.studio;

/** @returns {import("./main.js").View} */
export function listView() {
  const list = new StudioList();
  list.reload();
  const choosing = { type: "button", class: "button button-main", onclick: () => list.uploads.choose() };
  const name = texts.library.upload;
  const upload = h("button", { ...choosing, "aria-label": name }, icon("upload"), wideOnly(name));
  return { title: words.title, elements: list.elements, tools: [upload] };
}

class StudioList {
  /** @type {Map<string, AssetRow>} */
  #rows = new Map();
  /** @type {Asset[]} */
  #assets = [];
  /** @type {string | null} */
  #cursor = null;
  #asked = 0; // answers to an older question are dropped
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    const known = h("datalist", { id: "known-tags" });
    const tag = h("input", { class: "input tag-filter", list: "known-tags", placeholder: words.tag, "aria-label": words.tag });
    this.tags = known;
    this.search = searchBar(() => this.reload(), [
      statusFilter(),
      choiceFilter("kind", words.kind, words.kinds),
      { name: "tag", element: tag },
      choiceFilter("sort", words.sort, words.sorts),
    ]);
    this.uploads = new UploadPanel(() => this.refresh());
    this.count = h("span", { class: "count muted", role: "status" });
    this.list = h("ul", { class: "asset-list", "aria-label": words.title });
    this.body = h("div", { class: "studio-body" }, h("p", { class: "muted" }, words.loading));
    this.more = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.next() }, texts.library.more);
    this.bulk = bulkBar({
      chosen: () => this.#assets.filter(({ id }) => this.#rows.get(id)?.chosen),
      chooseAll: (/** @type {boolean} */ all) => this.#chooseAll(all),
      onchange: () => this.refresh(),
    });
    addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.refresh());
  }

  get elements() {
    const head = h("div", { class: "studio-head" }, h("h1", {}, words.title), this.count);
    const { element, picker } = this.uploads;
    const zone = dropZone((sources) => this.uploads.add(sources));
    const foot = h("div", { class: "studio-more" }, this.more);
    return [head, this.search.element, element, this.bulk.element, this.body, foot, this.tags, picker, zone];
  }

  /** From the beginning, for a new question. */
  async reload() {
    await this.#show((await this.#ask(null, PAGE)) ?? null, []);
  }

  async next() {
    await this.#show((await this.#ask(this.#cursor, PAGE)) ?? null, this.#assets);
  }

  /** What is shown, as it is now. */
  async refresh() {
    const shown = Math.min(100, Math.max(PAGE, this.#assets.length));
    const listing = await this.#ask(null, shown);
    const known = new Set(listing?.items.map(({ id }) => id));
    const rest = this.#assets.slice(shown).filter(({ id }) => !known.has(id));
    if (listing && rest.length > 0) listing.next_cursor = this.#cursor;
    await this.#show(listing ?? null, [], rest);
  }

  /** @param {string | null} cursor @param {number} limit @returns {Promise<Listing | undefined>} undefined: another question came */
  async #ask(cursor, limit) {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    const query = new URLSearchParams({ ...this.search.question(), limit: String(limit) });
    if (cursor !== null) query.set("cursor", cursor);
    try {
      const { body } = /** @type {{body: Listing}} */ (await call(`/v1/assets?${query}`));
      return asked === this.#asked ? body : undefined;
    } catch (error) {
      if (asked === this.#asked) this.#fail(error);
      return undefined;
    }
  }

  /** @param {Listing | null} listing @param {Asset[]} before @param {Asset[]} [after] */
  async #show(listing, before, after = []) {
    if (listing === null) return;
    this.#assets = [...before, ...listing.items, ...after];
    this.#cursor = listing.next_cursor;
    this.more.hidden = this.#cursor === null;
    this.count.textContent = texts.library.count(this.#assets.length, this.#cursor !== null);
    this.#draw();
    const asking = Object.keys(this.search.question()).some((name) => name !== "sort");
    if (this.#assets.length > 0) this.#place(this.list);
    else this.#place(asking ? noMatchState(() => this.search.clear()) : emptyState(() => this.uploads.choose()));
    this.bulk.update();
    if (this.#assets.some(isMoving)) this.#timer = setTimeout(() => document.visibilityState === "visible" && this.refresh(), POLL_MS);
  }

  #draw() {
    const shown = new Set(this.#assets.map(({ id }) => id));
    for (const [id, row] of this.#rows) if (!shown.has(id)) this.#drop(id, row);
    for (const [at, asset] of this.#assets.entries()) {
      const row = this.#rows.get(asset.id) ?? new AssetRow(() => this.bulk.update(), (what) => this.#ingest(what));
      this.#rows.set(asset.id, row);
      row.update(asset);
      if (this.list.children[at] !== row.element) this.list.insertBefore(row.element, this.list.children[at] ?? null);
    }
    const tags = [...new Set(this.#assets.flatMap((asset) => asset.tags))].sort((one, other) => one.localeCompare(other));
    fill(this.tags, ...tags.map((value) => h("option", { value })));
  }

  /** @param {string} id @param {AssetRow} row */
  #drop(id, row) {
    row.element.remove();
    this.#rows.delete(id);
  }

  /** @param {HTMLElement} element */
  #place(element) {
    if (this.body.firstElementChild !== element) fill(this.body, element);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (error instanceof Problem && error.status === 401) location.assign(`/signin?to=${encodeURIComponent(location.pathname + location.search)}`);
    else if (this.#assets.length === 0) fill(this.body, failedState(error, () => this.reload()));
    else this.#timer = setTimeout(() => this.refresh(), POLL_MS); // keep what is shown
  }

  /** @param {Asset} asset */
  async #ingest(asset) {
    try {
      await create(`/v1/assets/${asset.id}/ingest`, {});
    } catch (error) {
      const { notice } = await import("../shared/page.js");
      notice(sentence(error));
    }
    this.refresh();
  }

  /** @param {boolean} all */
  #chooseAll(all) {
    for (const row of this.#rows.values()) row.chosen = all;
    this.bulk.update();
  }
}
