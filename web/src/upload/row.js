/**
 * One file of the list: what happens to it, and what one can do about it. It must not know parts and links.
 *
 *     refused     lost ─▶ waiting ─▶ sending ─▶ ingesting ─▶ ready
 *                  ▲         ▲  └─▶ paused ◀─┘       └─────▶ failed
 *                  └ after a reload, without the file
 */
import { Problem, sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { bytes, clock, progressText } from "../shared/format.js";
import { iconButton } from "../shared/page.js";
import { texts } from "../texts.js";
import { costOf, costText } from "./cost.js";
import { reopen } from "./files.js";
import { follow } from "./follow.js";
import { isSame } from "./memory.js";
import { Rate } from "./rate.js";
import { giveUp, Uploader } from "./uploader.js";

/** @typedef {import("./memory.js").Remembered} Remembered */
/** @typedef {import("./uploader.js").Source} Source */
/** @typedef {"refused" | "lost" | "waiting" | "sending" | "silent" | "paused" | "ingesting" | "ready" | "failed"} State */

/**
 * @typedef {object} Panel
 * @property {(row: UploadRow) => void} remove
 * @property {(row: UploadRow) => void} enqueue
 * @property {(row: UploadRow) => void} choose the person is asked for the file of a lost upload
 * @property {() => void} onuploaded
 */

const words = texts.upload;
const QUIET = new Set(["sending", "ingesting"]); // a figure ten times a second is noise

export class UploadRow {
  /** @type {Uploader | null} */
  #uploader = null;
  /** @type {State} */
  #state = "waiting";
  #rate = new Rate();
  #follows = new AbortController();
  /** @type {File | null} the file whose cost was asked for */
  #priced = null;
  /** @type {import("./cost.js").Spending | null} */
  #cost = null;

  /** @param {{name: string, size: number}} what @param {Panel} panel */
  constructor(what, panel) {
    this.what = what;
    this.panel = panel;
    /** @type {Source | null} */
    this.source = null;
    /** @type {Remembered | null} */
    this.lost = null;
    const { name, size } = what;
    this.bar = h("progress", { max: size || 1, "aria-label": name });
    this.text = h("p", { class: "upload-state" });
    this.cost = h("p", { class: "upload-cost", hidden: true, "aria-live": "polite" });
    this.links = h("span", { class: "upload-links" });
    this.pauseButton = iconButton("pause", words.pause(name), () => this.pause());
    this.goButton = iconButton("play", words.resume(name), () => panel.enqueue(this));
    this.again = iconButton("retry", words.retry(name), () => panel.enqueue(this));
    this.choose = h("button", { type: "button", class: "button button-small", onclick: () => this.#reopen() }, words.choose);
    this.stop = iconButton("close", words.cancel(name), () => this.#cancel());
    const title = h("p", { class: "upload-name", title: name }, name);
    const tools = [this.choose, this.pauseButton, this.goButton, this.again, this.stop];
    const text = h("div", { class: "upload-text" }, title, this.text, this.cost);
    this.element = h("li", { class: "upload" }, text, this.links, h("div", { class: "upload-tools" }, ...tools), this.bar);
  }

  get state() {
    return this.#state;
  }

  /** A file to send. @param {Source} source */
  take(source) {
    this.source = source;
    this.lost = null;
    const listener = {
      onphase: (/** @type {"checking" | "sending" | "finishing"} */ phase) => {
        this.#say(phase === "sending" ? words.hashing : words[phase], "sending");
        this.pauseButton.hidden = phase === "finishing"; // a moment, and no way back
      },
      onprogress: () => this.#progress(),
      onsilence: (/** @type {boolean} */ silent) => this.#silence(silent),
    };
    this.#uploader = new Uploader(source, listener);
  }

  /** An upload of another visit, whose file the browser does not hold. @param {Remembered} lost @param {number} sent bytes */
  lose(lost, sent) {
    this.lost = lost;
    this.bar.value = sent;
    const part = progressText((100 * sent) / (lost.size || 1));
    this.#say(lost.handle === null ? words.lost(part) : words.lostHandle(part), "lost");
  }

  /** The file of a lost upload, or a sentence why it is another. @param {Source} source @returns {boolean} */
  find(source) {
    if (this.lost === null) return false;
    if (!isSame(this.lost, source.file)) {
      this.#say(words.another(source.file.name), "lost");
      return false;
    }
    this.take(source);
    return true;
  }

  wait() {
    this.#say(words.waiting, "waiting");
    this.#price();
  }

  /** @param {string} message */
  refuse(message) {
    this.#say(message, "refused");
  }

  pause() {
    this.#uploader?.pause();
    this.#say(words.pausedAt(bytes(this.#uploader?.sentBytes ?? 0), bytes(this.what.size)), "paused");
  }

  /** Sends it, and follows its ingest. Settles when the line is free for the next file. */
  async run() {
    if (this.#uploader === null) return;
    this.#rate.forget();
    this.#say(words.hashing, "sending");
    try {
      const asset = await this.#uploader.run();
      this.#say(words.done, "ingesting");
      this.panel.onuploaded();
      follow(asset, this.#follows.signal, (now) => this.#ingested(now));
    } catch (error) {
      if (this.#state === "paused" || this.#follows.signal.aborted) return;
      if (error instanceof Problem && error.code === "file_changed" && this.source !== null) this.#uploader = null;
      this.#say(sentence(error), this.#uploader === null ? "refused" : "failed");
    }
  }

  /** Nothing waits for it: what is not known is not said. */
  async #price() {
    const file = this.source?.file ?? null;
    if (file === null || file === this.#priced) return;
    this.#priced = file;
    this.#cost = await costOf(file);
    this.#showCost(false);
  }

  /** @param {boolean} held */
  #showCost(held) {
    const text = this.#cost === null ? "" : costText(this.#cost, held);
    if (this.cost.textContent !== text) this.cost.textContent = text;
    this.cost.hidden = text === "";
  }

  async #reopen() {
    const file = this.lost?.handle ? await reopen(this.lost.handle, true) : null;
    if (file !== null && this.find({ file, handle: this.lost?.handle ?? null })) this.panel.enqueue(this);
    else this.panel.choose(this);
  }

  #cancel() {
    this.#follows.abort();
    if (this.lost !== null) giveUp(this.lost.id);
    else if (this.#state !== "ingesting" && this.#state !== "ready") this.#uploader?.cancel();
    this.panel.remove(this);
  }

  #progress() {
    const sent = this.#uploader?.sentBytes ?? 0;
    this.bar.value = sent;
    if (this.#state !== "sending") return;
    this.#rate.note(sent);
    if (sent >= this.what.size) return this.#say(words.finishing, "sending");
    const rate = this.#rate.perSecond;
    const text = words.sending(bytes(sent), bytes(this.what.size), rate === null ? "" : bytes(rate));
    const left = rate === null ? "" : ` · ${words.left(clock((this.what.size - sent) / rate))}`;
    return this.#say(text + left, "sending");
  }

  /** @param {boolean} silent */
  #silence(silent) {
    if (silent === (this.#state === "silent") || (this.#state !== "sending" && this.#state !== "silent")) return;
    this.#rate.forget(); // what was before the silence says nothing of the line
    this.#say(silent ? words.paused : words.hashing, silent ? "silent" : "sending");
  }

  /** @param {import("../shared/api.js").Asset | null} asset */
  #ingested(asset) {
    if (asset === null) return this.panel.remove(this);
    const { status, progress, seconds_left, paused, waiting } = asset;
    if (status === "failed") {
      this.#link(asset);
      return this.#say(asset.error?.message ?? texts.library.failedNoReason, "refused");
    }
    this.bar.max = 100;
    if (status === "queued") this.bar.removeAttribute("value");
    else this.bar.value = progress;
    if (status === "playable" || status === "ready") this.#link(asset);
    if (status === "ready") return this.#say(words.ready, "ready");
    if (waiting) {
      this.#showCost(true);
      return this.#say(waiting.message, "ingesting");
    }
    if (paused) return this.#say(texts.library.paused, "ingesting");
    const left = !seconds_left ? "" : ` · ${words.left(clock(seconds_left))}`;
    const part = progressText(progress);
    const begun = status === "queued" ? words.queued : words.processing(part) + left;
    return this.#say(status === "playable" ? words.playable(part) + left : begun, "ingesting");
  }

  /** @param {import("../shared/api.js").Asset} asset */
  #link(asset) {
    if (this.links.childElementCount > 1 || (asset.status === "failed" && this.links.childElementCount > 0)) return;
    const link = (/** @type {string} */ href, /** @type {string} */ name) =>
      h("a", { class: "button button-small", href, "aria-label": `${name}: ${asset.title}` }, name);
    const watch = asset.status !== "failed" && link(`/watch/${asset.id}`, words.watch);
    fill(this.links, watch, link(`/studio/${asset.id}`, words.details));
  }

  /** @param {string} message @param {State} state */
  #say(message, state) {
    this.#state = state;
    const live = QUIET.has(state) ? "off" : "polite";
    if (this.text.getAttribute("aria-live") !== live) this.text.setAttribute("aria-live", live);
    if (this.text.textContent !== message) this.text.textContent = message;
    this.element.dataset.state = state;
    const under = state === "sending" || state === "silent" || state === "waiting";
    this.pauseButton.hidden = !under;
    this.goButton.hidden = state !== "paused";
    this.again.hidden = state !== "failed";
    this.choose.hidden = state !== "lost";
    this.bar.hidden = state === "refused" || state === "waiting" || state === "ready";
    const over = state === "refused" || state === "ingesting" || state === "ready";
    const name = over ? words.dismiss(this.what.name) : words.cancel(this.what.name);
    this.stop.setAttribute("aria-label", name);
    this.stop.title = name;
  }
}
