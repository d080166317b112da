/** The list of uploads under way. It must not know parts and links: an `Uploader` does the work. */
import { sentence } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { bytes, clock } from "../shared/format.js";
import { iconButton } from "../shared/page.js";
import { texts } from "../texts.js";
import { Uploader } from "./uploader.js";

const words = texts.upload;
const DONE_SECONDS = 6;

export class UploadPanel {
  /** @type {UploadRow[]} */
  #queue = [];
  /** @type {UploadRow | null} */
  #running = null;

  /** @param {() => void} onuploaded a new asset exists */
  constructor(onuploaded) {
    this.onuploaded = onuploaded;
    this.list = h("ul", { class: "uploads-list" });
    this.element = h("section", { class: "uploads", hidden: true, "aria-label": words.heading }, this.list);
    addEventListener("beforeunload", (event) => this.#running !== null && event.preventDefault());
  }

  /** Uploads one after the other: each already uses several connections. @param {File} file */
  add(file) {
    const row = new UploadRow(file, {
      remove: (/** @type {UploadRow} */ gone) => this.#remove(gone),
      retry: (/** @type {UploadRow} */ again) => this.#enqueue(again),
    });
    this.list.append(row.element);
    this.element.hidden = false;
    if (file.size === 0) row.fail(words.empty);
    else this.#enqueue(row);
  }

  /** @param {UploadRow} row */
  #enqueue(row) {
    row.wait();
    this.#queue.push(row);
    this.#next();
  }

  async #next() {
    if (this.#running !== null) return;
    this.#running = this.#queue.shift() ?? null;
    if (this.#running === null) return;
    const done = await this.#running.run();
    if (done) this.onuploaded();
    this.#running = null;
    this.#next();
  }

  /** @param {UploadRow} row */
  #remove(row) {
    this.#queue = this.#queue.filter((other) => other !== row);
    row.element.remove();
    this.element.hidden = this.list.childElementCount === 0;
  }
}

class UploadRow {
  #started = 0;
  #startedBytes = 0;
  #cancelled = false;

  /** @param {File} file @param {{remove: (row: UploadRow) => void, retry: (row: UploadRow) => void}} panel */
  constructor(file, panel) {
    this.file = file;
    this.panel = panel;
    this.uploader = new Uploader(file, () => this.#progress());
    this.bar = h("progress", { max: file.size || 1, "aria-label": file.name });
    this.state = h("p", { class: "upload-state" });
    this.again = iconButton("retry", words.retry(file.name), () => panel.retry(this));
    this.stop = iconButton("close", words.cancel(file.name), () => this.#cancel());
    const name = h("p", { class: "upload-name", title: file.name }, file.name);
    const tools = h("div", { class: "upload-tools" }, this.again, this.stop);
    this.element = h("li", { class: "upload" }, h("div", { class: "upload-text" }, name, this.state), tools, this.bar);
  }

  wait() {
    this.#say(words.waiting, "waiting");
  }

  /** @returns {Promise<boolean>} whether it arrived */
  async run() {
    this.#say(words.hashing, "sending");
    this.#started = 0;
    try {
      await this.uploader.run();
      this.#say(words.done, "done");
      this.bar.value = this.bar.max;
      setTimeout(() => this.panel.remove(this), DONE_SECONDS * 1000);
      return true;
    } catch (error) {
      if (!this.#cancelled) this.fail(sentence(error));
      return false;
    }
  }

  /** @param {string} message */
  fail(message) {
    this.#say(message, "failed");
    if (this.file.size === 0) this.again.hidden = true;
  }

  #cancel() {
    this.#cancelled = true;
    this.uploader.cancel();
    this.panel.remove(this);
  }

  #progress() {
    const now = performance.now() / 1000;
    const sent = this.uploader.sentBytes;
    if (this.#started === 0) [this.#started, this.#startedBytes] = [now, sent];
    this.bar.value = sent;
    const rate = (sent - this.#startedBytes) / Math.max(now - this.#started, 0.001);
    const steady = now - this.#started > 1 && rate > 0; // the first second says nothing about the line
    const text = words.sending(bytes(sent), bytes(this.file.size), steady ? bytes(rate) : "");
    const left = steady ? ` · ${words.left(clock((this.file.size - sent) / rate))}` : "";
    this.#say(sent >= this.file.size ? words.finishing : text + left, "sending");
  }

  /** @param {string} message @param {"waiting" | "sending" | "done" | "failed"} state */
  #say(message, state) {
    this.state.textContent = message;
    this.state.setAttribute("aria-live", state === "sending" ? "off" : "polite"); // a figure ten times a second is noise
    this.element.dataset.state = state;
    this.again.hidden = state !== "failed";
    this.bar.hidden = state === "failed" || state === "waiting";
  }
}
