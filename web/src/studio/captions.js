/** The caption tracks of one asset: add, edit, keep, take away. It must not know how a line is edited. */
import { call } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { languageName } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { iconButton, notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { CueEditor } from "./cue-editor.js";
import { Panel } from "./panel.js";
import { parseVtt, writeVtt } from "./vtt.js";

/** @typedef {import("../shared/api.js").Asset} Asset */

const words = texts.studio.captions;
const USUAL = ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "pt-BR", "ru", "sv", "tr", "uk", "zh-Hans", "zh-Hant"];

export class CaptionSection extends Panel {
  /** @type {Asset | null} */
  #asset = null;
  #shown = "";
  /** @type {CueEditor | null} */
  #editor = null;

  /** @param {import("./preview.js").Preview} preview @param {() => void} onchange */
  constructor(preview, onchange) {
    super("captions", words.title);
    this.preview = preview;
    this.onchange = onchange;
    this.list = h("ul", { class: "track-list" });
    this.language = h("input", { id: "caption-language", class: "input", list: "usual-languages", placeholder: "en", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
    this.file = h("input", { type: "file", accept: ".vtt,.srt,.ass,text/vtt", hidden: true });
    this.file.addEventListener("change", () => this.#upload());
    this.editing = h("div", {});
    addEventListener("beforeunload", (event) => this.#editor?.changed && event.preventDefault());
    fill(this.body, this.list, this.#adding(), this.editing);
  }

  /** @param {Asset} asset */
  update(asset) {
    this.#asset = asset;
    if (JSON.stringify(asset.captions) === this.#shown) return;
    this.#shown = JSON.stringify(asset.captions);
    const rows = asset.captions.map(({ language, label }) => this.#row(language, label));
    fill(this.list, ...(rows.length > 0 ? rows : [h("li", { class: "muted" }, words.none)]));
  }

  #adding() {
    const names = h("datalist", { id: "usual-languages" }, ...USUAL.map((value) => h("option", { value }, languageName(value))));
    const choose = h("button", { type: "button", class: "button button-small", onclick: () => this.#chosen() && this.file.click() }, icon("upload"), words.upload);
    const write = () => this.#chosen() && this.#edit(this.#chosen(), "WEBVTT\n");
    const begin = h("button", { type: "button", class: "button button-small", onclick: write }, icon("pencil"), words.write);
    const label = h("label", { class: "label", for: "caption-language" }, words.language);
    return h("div", { class: "track-add" }, h("div", {}, label, this.language), choose, begin, names, this.file);
  }

  /** The language tag, or "" with a sentence on the page. */
  #chosen() {
    const tag = this.language.value.trim();
    fill(this.error, tag === "" && words.needsLanguage);
    if (tag === "") this.language.focus();
    return tag;
  }

  /** @param {string} language @param {string} label */
  #row(language, label) {
    const name = languageName(language);
    const edit = h("button", { type: "button", class: "button button-small", "aria-label": words.editOf(name), onclick: () => this.#open(language) }, icon("pencil"), words.edit);
    const tools = h(
      "div",
      { class: "track-tools" },
      edit,
      iconButton("download", words.download(name), () => this.#download(language)),
      iconButton("trash", words.remove(name), () => this.#remove(language)),
    );
    return h("li", { class: "track" }, h("span", { class: "track-name" }, label), h("span", { class: "muted" }, name === label ? language : `${name} · ${language}`), tools);
  }

  async #upload() {
    const file = this.file.files?.[0];
    this.file.value = "";
    if (file) await this.attempt(async () => this.#put(this.#chosen(), file, words.saved));
  }

  /** @param {string} language */
  async #open(language) {
    await this.attempt(async () => this.#edit(language, await this.#read(language)));
  }

  /** @param {string} language */
  async #download(language) {
    await this.attempt(async () => {
      const url = URL.createObjectURL(new Blob([await this.#read(language)], { type: "text/vtt" }));
      const name = `${this.#asset?.title.replace(/[\\/:*?"<>|]+/g, " ").trim()}.${language}.vtt`;
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
  }

  /** @param {string} language */
  async #remove(language) {
    await this.attempt(async () => {
      const text = await this.#read(language);
      await call(this.#path(language), { method: "DELETE" });
      this.onchange();
      notice(words.removed(languageName(language)), { name: words.undo, run: () => this.attempt(() => this.#put(language, text, words.saved)) });
    });
  }

  /** @param {string} language @param {string} text */
  #edit(language, text) {
    if (this.#editor?.changed && !confirm(words.discard)) return;
    this.#close();
    this.preview.open();
    const editor = new CueEditor(parseVtt(text), this.preview.video, language);
    this.#editor = editor;
    const save = h("button", { type: "button", class: "button button-main", onclick: () => this.#save(language, editor) }, words.save);
    const leave = () => (!editor.changed || confirm(words.discard)) && this.#close();
    const cancel = h("button", { type: "button", class: "button", onclick: leave }, texts.common.cancel);
    const title = h("h3", { tabindex: -1 }, words.editing(languageName(language)));
    fill(this.editing, title, h("p", { class: "hint" }, words.hint), editor.element, h("div", { class: "dialog-actions" }, cancel, save));
    title.focus();
  }

  /** @param {string} language @param {CueEditor} editor */
  async #save(language, editor) {
    const captions = editor.read();
    if (captions === null) return;
    await this.attempt(async () => {
      await this.#put(language, writeVtt(captions), words.saved);
      this.#close();
    });
  }

  #close() {
    this.#editor?.close();
    this.#editor = null;
    fill(this.editing);
  }

  /** @param {string} language */
  #path(language) {
    return `/v1/assets/${this.#asset?.id}/captions/${encodeURIComponent(language)}`;
  }

  /** @param {string} language @returns {Promise<string>} */
  async #read(language) {
    return /** @type {{body: string}} */ (await call(this.#path(language))).body;
  }

  /** A file goes as it is: the server reads SRT and other alphabets. @param {string} language @param {Blob | string} text @param {string} done */
  async #put(language, text, done) {
    await call(this.#path(language), { method: "PUT", file: text });
    this.language.value = "";
    notice(done);
    this.onchange();
  }
}
