/** The chapters of one asset, set against the film. It must not know the rest of its page. */
import { fill, h } from "../shared/dom.js";
import { editAsset } from "../shared/edit.js";
import { icon } from "../shared/icons.js";
import { iconButton, notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { Panel } from "./panel.js";
import { secondsOf, timestamp } from "./vtt.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{start_seconds: number, title: string}} Chapter */

const words = texts.studio.chapters;
const TITLE = 200; // characters; the server's own limit

export class ChapterSection extends Panel {
  /** @type {Asset | null} */
  #asset = null;
  #seen = "[]";

  /** @param {import("./preview.js").Preview} preview @param {() => void} onchange */
  constructor(preview, onchange) {
    super("chapters", words.title);
    this.preview = preview;
    this.onchange = onchange;
    this.list = h("ol", { class: "chapter-list" });
    this.save = h("button", { type: "button", class: "button button-main", disabled: true, onclick: () => this.#submit() }, words.save);
    const add = { type: "button", class: "button", onclick: () => this.#add() };
    fill(this.body, h("p", { class: "hint" }, words.hint), this.list, h("div", { class: "form-actions" }, h("button", add, icon("plus"), words.add), this.save));
  }

  /** @param {Asset} asset */
  update(asset) {
    this.element.hidden = asset.chapters === undefined || asset.version === null;
    const changed = this.#changed();
    this.#asset = asset;
    if (changed || asset.chapters === undefined || JSON.stringify(asset.chapters) === this.#seen) return;
    this.#seen = JSON.stringify(asset.chapters);
    fill(this.list, ...asset.chapters.map((chapter) => this.#row(chapter)));
    this.#touched();
  }

  async #add() {
    await this.preview.open();
    const row = this.#row({ start_seconds: this.list.childElementCount === 0 ? 0 : this.preview.video.currentTime, title: "" });
    this.list.append(row);
    this.#touched();
    /** @type {HTMLElement | null} */ (row.querySelector(".chapter-title"))?.focus();
  }

  /** @param {Chapter} chapter */
  #row(chapter) {
    const touched = () => this.#touched();
    const start = h("input", { class: "input cue-time", "aria-label": words.start, autocomplete: "off", oninput: touched });
    start.value = timestamp(chapter.start_seconds);
    const title = h("input", { class: "input chapter-title", "aria-label": words.name, maxlength: TITLE, autocomplete: "off", dir: "auto", oninput: touched });
    title.value = chapter.title;
    const now = async () => {
      await this.preview.open();
      start.value = timestamp(this.preview.video.currentTime);
      touched();
    };
    const remove = () => {
      row.remove();
      touched();
    };
    const row = h("li", { class: "chapter" }, start, title, iconButton("skipStart", words.setStart, now), iconButton("trash", words.remove, remove));
    return row;
  }

  /** The chapters as written, in their order; a time that cannot be read is NaN. @returns {Chapter[]} */
  #written() {
    const rows = [...this.list.children].map((row) => {
      const [start, title] = row.querySelectorAll("input");
      return { start_seconds: secondsOf(start.value) ?? NaN, title: title.value.trim() };
    });
    return rows.sort((one, other) => one.start_seconds - other.start_seconds);
  }

  #changed() {
    return JSON.stringify(this.#written()) !== this.#seen;
  }

  #touched() {
    this.save.disabled = !this.#changed();
  }

  async #submit() {
    const [chapters, id] = [this.#written(), this.#asset?.id];
    if (id === undefined) return;
    await this.attempt(async () => {
      if (chapters.some(({ start_seconds }) => Number.isNaN(start_seconds))) throw new Error(texts.studio.cues.badTime);
      if (chapters.some(({ title }) => title === "")) throw new Error(words.needsName);
      const saved = await editAsset(id, () => ({ chapters }));
      this.#seen = ""; // what the server made of it is shown anew
      fill(this.list);
      this.#seen = "[]";
      this.update(saved);
      notice(words.saved);
      this.onchange();
    });
  }
}
