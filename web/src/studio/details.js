/** Title, description, tags and end of one asset. It must not know the rest of its page. */
import { h, fill } from "../shared/dom.js";
import { editAsset } from "../shared/edit.js";
import { notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { Panel } from "./panel.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{title: string, description: string, tags: string[], expires_at: string}} Details the end as a day here, or empty */

const words = texts.studio.details;
const DAY_MS = 86_400_000;
const [TITLE, DESCRIPTION, TAG] = [200, 5000, 60]; // characters; the server's own limits

export class DetailSection extends Panel {
  /** @type {Details | null} as it was when the fields were filled */
  #seen = null;
  /** @type {Asset | null} */
  #asset = null;

  /** @param {() => void} onchange */
  constructor(onchange) {
    super("details", words.title);
    this.onchange = onchange;
    this.titleField = h("input", { id: "asset-title", class: "input", maxlength: TITLE, required: true, autocomplete: "off", dir: "auto" });
    this.text = h("textarea", { id: "asset-description", class: "input", rows: 4, maxlength: DESCRIPTION, dir: "auto" });
    this.end = h("input", { id: "asset-end", class: "input", type: "date", max: "9999-12-31", "aria-describedby": "asset-end-hint" });
    this.end.min = dayOf(new Date(Date.now() + DAY_MS));
    this.tags = new TagField(() => this.#touched());
    this.save = h("button", { type: "submit", class: "button button-main", disabled: true }, words.save);
    for (const field of [this.titleField, this.text, this.end]) field.addEventListener("input", () => this.#touched());
    const form = h(
      "form",
      { class: "stack", novalidate: true, onsubmit: (/** @type {SubmitEvent} */ event) => this.#submit(event) },
      h("div", {}, h("label", { class: "label", for: "asset-title" }, texts.rename.field), this.titleField),
      h("div", {}, h("label", { class: "label", for: "asset-description" }, words.description), this.text),
      this.tags.element,
      h("div", {}, h("label", { class: "label", for: "asset-end" }, words.end), this.end, h("p", { class: "hint", id: "asset-end-hint" }, words.endHint)),
      h("div", { class: "form-actions" }, this.save),
    );
    fill(this.body, form);
    addEventListener("beforeunload", (event) => this.#changed() && event.preventDefault());
  }

  /** What a person is writing is not overwritten by a look at the server. @param {Asset} asset */
  update(asset) {
    const changed = this.#changed();
    this.#asset = asset;
    if (changed) return;
    this.#seen = detailsOf(asset);
    if (this.titleField.value !== asset.title) this.titleField.value = asset.title;
    if (this.text.value !== asset.description) this.text.value = asset.description;
    this.tags.value = asset.tags;
    if (this.end.value !== this.#seen.expires_at) this.end.value = this.#seen.expires_at;
    this.#touched();
  }

  #written() {
    return { title: this.titleField.value.trim(), description: this.text.value, tags: this.tags.value, expires_at: this.end.value };
  }

  #changed() {
    return this.#seen !== null && JSON.stringify(this.#seen) !== JSON.stringify(this.#written());
  }

  #touched() {
    this.save.disabled = !this.#changed();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const [seen, written, id] = [this.#seen, this.#written(), this.#asset?.id];
    if (seen === null || id === undefined) return;
    if (written.title === "") {
      fill(this.error, texts.rename.empty);
      return this.titleField.focus();
    }
    if (written.expires_at !== seen.expires_at ? !this.end.validity.valid : this.end.validity.badInput) {
      fill(this.error, words.badEnd);
      return this.end.focus();
    }
    await this.attempt(async () => {
      const saved = await editAsset(id, (now) => changeOf(seen, written, detailsOf(now)));
      this.#seen = null;
      this.update(saved);
      notice(words.saved);
      this.onchange();
    });
  }
}

/** What the person changed, and nothing else. @param {Details} seen @param {Details} written @param {Details} now */
function changeOf(seen, written, now) {
  const names = /** @type {(keyof Details)[]} */ (["title", "description", "tags", "expires_at"]);
  const mine = names.filter((name) => String(seen[name]) !== String(written[name]));
  const lost = mine.find((name) => String(now[name]) !== String(seen[name]) && String(now[name]) !== String(written[name]));
  if (lost !== undefined) throw new Error(words.changed(texts.studio.fields[lost]));
  return Object.fromEntries(mine.map((name) => [name, name === "expires_at" ? momentOf(written[name]) : written[name]]));
}

/** @param {Asset} asset @returns {Details} */
function detailsOf({ title, description, tags, expires_at }) {
  return { title, description, tags, expires_at: expires_at ? dayOf(new Date(expires_at)) : "" };
}

/** `2026-03-01`, where the reader is. @param {Date} moment */
function dayOf(moment) {
  const [month, day] = [moment.getMonth() + 1, moment.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${String(moment.getFullYear()).padStart(4, "0")}-${month}-${day}`;
}

/** The beginning of that day where the reader is, as the server takes it. @param {string} day empty: no end */
function momentOf(day) {
  return day === "" ? "never" : new Date(`${day}T00:00`).toISOString();
}

/** Tags as removable chips, and a field that takes one more by Enter or a comma. */
class TagField {
  /** @type {string[]} */
  #tags = [];

  /** @param {() => void} onchange */
  constructor(onchange) {
    this.onchange = onchange;
    this.field = h("input", { id: "asset-tags", class: "input", maxlength: TAG, autocomplete: "off", "aria-describedby": "asset-tags-hint" });
    this.chips = h("ul", { class: "tags", "aria-label": texts.studio.tags });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== ",") return;
      event.preventDefault();
      this.#take();
    });
    this.field.addEventListener("blur", () => this.#take());
    const label = h("label", { class: "label", for: "asset-tags" }, texts.studio.tags);
    const hint = h("p", { class: "hint", id: "asset-tags-hint" }, words.tagHint);
    this.element = h("div", {}, label, this.chips, this.field, hint);
  }

  get value() {
    return [...this.#tags];
  }

  set value(tags) {
    if (String(tags) === String(this.#tags) && this.chips.childElementCount === tags.length) return;
    this.#tags = [...tags];
    this.#draw();
  }

  #take() {
    const tag = this.field.value.trim();
    this.field.value = "";
    if (tag === "" || this.#tags.includes(tag)) return;
    this.value = [...this.#tags, tag];
    this.onchange();
  }

  #draw() {
    fill(this.chips, ...this.#tags.map((tag) => h("li", { class: "tag" }, tag, this.#remover(tag))));
    this.chips.hidden = this.#tags.length === 0;
  }

  /** @param {string} tag */
  #remover(tag) {
    const remove = () => {
      this.value = this.#tags.filter((other) => other !== tag);
      this.onchange();
      this.field.focus();
    };
    return h("button", { type: "button", class: "tag-remove", "aria-label": words.removeTag(tag), onclick: remove }, "×");
  }
}
