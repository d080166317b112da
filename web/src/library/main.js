/** The library page: what there is, what is happening to it, and a way to add more. It must not know how films play. */
import { call, Problem } from "../shared/api.js";
import { may } from "../shared/credential.js";
import { fill, h, root } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { header, nav, wideOnly } from "../shared/page.js";
import { signOutForm } from "../shared/sign-out.js";
import { texts } from "../texts.js";
import { CardGrid, isMoving } from "./cards.js";
import { dropZone } from "../upload/drop.js";
import { gateNotice } from "../shared/gate-notice.js";
import { choiceFilter, searchBar, statusFilter } from "../shared/search.js";
import { emptyState, failedState, noMatchState, nothingYetState, skeleton } from "./states.js";
import { UploadPanel } from "../upload/panel.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{items: Asset[], next_cursor: string | null}} Listing */

const PAGE = 24;
const POLL_SECONDS = 2;
const words = texts.library;

class LibraryPage {
  /** @type {string | null} */
  #cursor = null;
  #asked = 0; // answers to an older question are dropped
  #loaded = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  constructor() {
    this.uploads = new UploadPanel(() => this.refresh());
    this.grid = new CardGrid(() => this.refresh());
    const order = choiceFilter("sort", texts.studio.sort, texts.studio.sorts);
    this.search = searchBar(() => this.reload(), [statusFilter(), order]);
    this.count = h("span", { class: "count muted", role: "status" });
    this.more = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.next() }, words.more);
    this.body = h("div", { class: "library-body" }, skeleton());
  }

  show() {
    const choosing = { type: "button", class: "button button-main", onclick: () => this.uploads.choose() };
    const writes = may("assets:write");
    const upload = h("button", { ...choosing, "aria-label": words.upload, hidden: !writes }, icon("upload"), wideOnly(words.upload));
    fill(
      root(),
      header("/", nav("library"), upload, signOutForm()),
      h(
        "main",
        { class: "library" },
        h("div", { class: "library-head" }, h("h1", {}, words.title), this.count, this.search.element),
        gateNotice(),
        this.uploads.element,
        this.body,
        h("div", { class: "library-more" }, this.more),
        this.uploads.picker,
      ),
      writes && dropZone((sources) => this.uploads.add(sources)),
    );
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.refresh());
    this.reload();
  }

  /** From the beginning, for a new question. */
  async reload() {
    const asked = ++this.#asked;
    try {
      const listing = await this.#list(null, PAGE);
      if (asked === this.#asked) this.#render(listing.items, listing.next_cursor);
    } catch (error) {
      if (asked === this.#asked) this.#fail(error);
    }
  }

  /** The next page, below what is shown. */
  async next() {
    const asked = ++this.#asked;
    this.more.disabled = true;
    try {
      const listing = await this.#list(this.#cursor, PAGE);
      if (asked === this.#asked) this.#render([...this.grid.assets, ...listing.items], listing.next_cursor);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.more.disabled = false;
    }
  }

  /** What is shown, as it is now: the first page again, and whatever moves below it. */
  async refresh() {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    try {
      const first = await this.#list(null, PAGE);
      const known = new Set(first.items.map((asset) => asset.id));
      const rest = this.grid.assets.slice(PAGE).filter((asset) => !known.has(asset.id));
      const moved = await Promise.all(rest.map((asset) => (isMoving(asset) ? readAgain(asset) : asset)));
      if (asked !== this.#asked) return;
      this.#render([...first.items, ...moved], rest.length === 0 ? first.next_cursor : this.#cursor);
    } catch (error) {
      if (asked !== this.#asked) return;
      if (this.#loaded && error instanceof Problem && error.status === 0)
        this.#pollLater(); // keep what is shown
      else this.#fail(error);
    }
  }

  /** @param {string | null} cursor @param {number} limit @returns {Promise<Listing>} */
  async #list(cursor, limit) {
    const query = new URLSearchParams({ limit: String(limit), ...this.search.question() });
    if (cursor !== null) query.set("cursor", cursor);
    return (await call(`/v1/assets?${query}`)).body;
  }

  /** @param {Asset[]} assets @param {string | null} cursor */
  #render(assets, cursor) {
    this.#loaded = true;
    this.#cursor = cursor;
    this.grid.update(assets);
    const empty = assets.length === 0;
    const asking = Object.keys(this.search.question()).some((name) => name !== "sort");
    this.search.element.hidden = empty && !asking;
    this.count.textContent = empty ? "" : words.count(assets.length, cursor !== null);
    this.more.hidden = cursor === null;
    if (!empty) this.#place(this.grid.element);
    else if (asking) this.#place(noMatchState(() => this.search.clear()));
    else this.#place(may("assets:write") ? emptyState(() => this.uploads.choose()) : nothingYetState());
    this.#pollLater();
  }

  /** @param {HTMLElement} element */
  #place(element) {
    if (this.body.firstElementChild === element || this.body.firstElementChild?.className === element.className) return;
    fill(this.body, element);
  }

  #pollLater() {
    clearTimeout(this.#timer);
    if (!this.grid.assets.some(isMoving)) return;
    this.#timer = setTimeout(() => document.visibilityState === "visible" && this.refresh(), POLL_SECONDS * 1000);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (error instanceof Problem && error.status === 401) location.assign(`/signin?to=${encodeURIComponent(location.pathname + location.search)}`);
    else
      fill(
        this.body,
        failedState(error, () => this.reload()),
      );
  }
}

/** @param {Asset} asset @returns {Promise<Asset>} */
async function readAgain(asset) {
  try {
    return (await call(`/v1/assets/${asset.id}`)).body;
  } catch {
    return asset; // gone or unreachable: the next look at the list will tell
  }
}

new LibraryPage().show();
