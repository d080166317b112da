/** Title, description and tags of one asset. It must not know the rest of its page. */
import { h, fill } from "../shared/dom.js";
import { editAsset } from "../shared/edit.js";
import { notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { Panel } from "./panel.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{title: string, description: string, tags: string[]}} Details */

const words = texts.studio.details;
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
    this.tags = new TagField(() => this.#touched());
    this.save = h("button", { type: "submit", class: "button button-main", disabled: true }, words.save);
    for (const field of [this.titleField, this.text]) field.addEventListener("input", () => this.#touched());
    const form = h(
      "form",
      { class: "stack", novalidate: true, onsubmit: (/** @type {SubmitEvent} */ event) => this.#submit(event) },
      h("div", {}, h("label", { class: "label", for: "asset-title" }, texts.rename.field), this.titleField),
      h("div", {}, h("label", { class: "label", for: "asset-description" }, words.description), this.text),
      this.tags.element,
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
    this.#seen = { title: asset.title, description: asset.description, tags: asset.tags };
    if (this.titleField.value !== asset.title) this.titleField.value = asset.title;
    if (this.text.value !== asset.description) this.text.value = asset.description;
    this.tags.value = asset.tags;
    this.#touched();
  }

  #written() {
    return { title: this.titleField.value.trim(), description: this.text.value, tags: this.tags.value };
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
    await this.attempt(async () => {
      const saved = await editAsset(id, (now) => changeOf(seen, written, now));
      this.#seen = null;
      this.update(saved);
      notice(words.saved);
      this.onchange();
    });
  }
}

/** What the person changed, and nothing else. @param {Details} seen @param {Details} written @param {Details} now */
function changeOf(seen, written, now) {
  const names = /** @type {(keyof Details)[]} */ (["title", "description", "tags"]);
  const mine = names.filter((name) => String(seen[name]) !== String(written[name]));
  const lost = mine.find((name) => String(now[name]) !== String(seen[name]) && String(now[name]) !== String(written[name]));
  if (lost !== undefined) throw new Error(words.changed(texts.studio.fields[lost]));
  return Object.fromEntries(mine.map((name) => [name, written[name]]));
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
