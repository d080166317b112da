/** The list of uploads under way, those of earlier visits among them. It must not know parts and links. */
import { h } from "../shared/dom.js";
import { texts } from "../texts.js";
import { chooseFiles, filesOf, reopen } from "./files.js";
import { hold } from "./hold.js";
import { forgetUpload, remembered } from "./memory.js";
import { askLimits, refusalOf } from "./refusal.js";
import { UploadRow } from "./row.js";
import { readUpload } from "./uploader.js";

/** @typedef {import("./uploader.js").Source} Source */

const ACCEPTED = "video/*,audio/*,.mkv,.ts,.mts,.mxf";
const MOVING = new Set(["waiting", "sending", "silent"]);

export class UploadPanel {
  /** @type {UploadRow[]} */
  #rows = [];
  /** @type {UploadRow[]} */
  #queue = [];
  /** @type {UploadRow | null} */
  #running = null;
  /** @type {UploadRow | null} the lost upload whose file is being chosen */
  #asking = null;

  /** @param {() => void} onuploaded a new asset exists */
  constructor(onuploaded) {
    this.list = h("ul", { class: "uploads-list" });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, accept: ACCEPTED });
    this.picker.addEventListener("change", () => this.#chosen(filesOf(this.picker)));
    const label = { class: "uploads", hidden: true, "aria-label": texts.upload.heading };
    this.element = h("section", label, this.list);
    this.hooks = {
      remove: (/** @type {UploadRow} */ row) => this.#remove(row),
      enqueue: (/** @type {UploadRow} */ row) => this.#enqueue(row),
      choose: (/** @type {UploadRow} */ row) => this.choose(row),
      onuploaded,
    };
    addEventListener("beforeunload", (event) => this.#busy() && event.preventDefault());
    this.#restore();
  }

  /** Opens the file chooser: for new files, or for the file of a lost upload. @param {UploadRow | null} [row] */
  async choose(row = null) {
    this.#asking = row;
    this.#chosen(await chooseFiles(this.picker));
  }

  /** Uploads one after the other: each already uses several connections. @param {Source[]} sources */
  async add(sources) {
    if (sources.length === 0) return;
    const limits = await askLimits();
    for (const source of sources) {
      const known = this.#rows.find((row) => row.state === "lost" && row.lost?.name === source.file.name);
      if (known?.find(source)) this.#enqueue(known);
      else await this.#begin(source, limits);
    }
  }

  /** @param {Source} source @param {import("./refusal.js").Limits | null} limits */
  async #begin(source, limits) {
    const row = this.#show(new UploadRow(source.file, this.hooks));
    row.take(source);
    const refusal = await refusalOf(source.file, limits, this.#waitingBytes());
    if (refusal === null) this.#enqueue(row);
    else row.refuse(refusal);
  }

  #waitingBytes() {
    const waiting = this.#rows.filter((row) => this.#queue.includes(row) || row === this.#running);
    return waiting.reduce((sum, row) => sum + row.what.size, 0);
  }

  /** @param {Source[]} sources */
  #chosen(sources) {
    const [row, first] = [this.#asking, sources[0]];
    if (first === undefined) return;
    this.#asking = null;
    if (row === null) this.add(sources);
    else if (row.find(first)) this.#enqueue(row);
  }

  /** What another visit began goes on by itself where the browser still holds the file; else it asks for it. */
  async #restore() {
    for (const lost of await remembered()) {
      if (this.#rows.some((row) => row.source !== null && row.what.name === lost.name) || !(await hold(lost.id))) continue;
      const upload = await readUpload(lost.id).catch(() => undefined);
      if (upload?.state !== "open") {
        if (upload !== undefined) await forgetUpload(lost.id); // else the server is away: the next visit asks again
        continue;
      }
      const row = this.#show(new UploadRow(lost, this.hooks));
      const sent = upload.parts.reduce((sum, part) => sum + part.size_bytes, 0);
      row.lose(lost, sent);
      const file = lost.handle === null ? null : await reopen(lost.handle, false);
      if (file !== null && row.find({ file, handle: lost.handle })) this.#enqueue(row);
    }
  }

  /** @param {UploadRow} row */
  #show(row) {
    this.#rows.push(row);
    this.list.append(row.element);
    this.element.hidden = false;
    return row;
  }

  /** @param {UploadRow} row */
  #enqueue(row) {
    if (this.#queue.includes(row)) return;
    row.wait();
    this.#queue.push(row);
    this.#next();
  }

  /** @returns {Promise<void>} */
  async #next() {
    if (this.#running !== null) return;
    const row = this.#queue.shift() ?? null;
    if (row === null) return;
    if (row.state !== "waiting") return this.#next(); // paused before its turn
    this.#running = row;
    await row.run();
    this.#running = null;
    return this.#next();
  }

  #busy() {
    return this.#rows.some((row) => MOVING.has(row.state));
  }

  /** @param {UploadRow} row */
  #remove(row) {
    this.#queue = this.#queue.filter((other) => other !== row);
    this.#rows = this.#rows.filter((other) => other !== row);
    row.element.remove();
    this.element.hidden = this.list.childElementCount === 0;
  }
}
