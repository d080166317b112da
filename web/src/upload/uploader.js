/**
 * Sends one file in parts straight to the object store. It must not know elements.
 *
 *     begin ─▶ is it the same file? ─▶ links for a few parts at a time ─▶ PUT, three at once ─▶ complete
 *
 * What has arrived stays: `run` called again (after a pause, a reload, another day) sends only what is missing.
 * Silence of the network is waited out, however long; a store that refuses a part again and again is told.
 */
import { call, Problem } from "../shared/api.js";
import { randomKey } from "../shared/random.js";
import { texts } from "../texts.js";
import { sumOf } from "./hashing.js";
import { hold } from "./hold.js";
import { LinkQueue } from "./links.js";
import { forgetUpload, keepUpload, rememberedOf, sumOfPart } from "./memory.js";
import { putPart } from "./part.js";
import { backOff, isPassing, patiently } from "./patience.js";

const PARALLEL = 3; // one slow connection is not made faster by more, and a part in memory is some megabytes
const TRIES = 5; // of a part that the store refuses

/** @typedef {{number: number, size_bytes: number, etag: string}} StoredPart */
/** @typedef {{id: string, asset_id: string, state: string, part_size_bytes: number, part_count: number, parts: StoredPart[]}} Upload */
/** @typedef {{file: File, handle: FileSystemFileHandle | null}} Source */

/**
 * @typedef {object} Listener
 * @property {(phase: "checking" | "sending" | "finishing") => void} onphase
 * @property {() => void} onprogress called often; read `sentBytes`
 * @property {(silent: boolean) => void} onsilence the network is gone; it goes on by itself
 */

export class Uploader {
  /** @type {Upload | null} */
  #upload = null;
  #stop = new AbortController();
  /** @type {Map<number, number>} bytes sent of the parts under way and done */
  #sent = new Map();
  #key = randomKey(); // begun twice with one key is begun once

  /** @param {Source} source @param {Listener} listener */
  constructor(source, listener) {
    this.source = source;
    this.listener = listener;
  }

  get sentBytes() {
    return [...this.#sent.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Sends what is missing and completes. Returns the new asset's id. @throws {Problem} or an AbortError after `pause` */
  async run() {
    this.#stop = new AbortController();
    const upload = await this.#begin();
    if (upload.state === "open") {
      await this.#check(upload);
      await this.#sendAll(upload);
    }
    this.listener.onphase("finishing");
    await this.#ask(() => call(`/v1/uploads/${upload.id}/complete`, { method: "POST" }));
    await forgetUpload(upload.id);
    return upload.asset_id;
  }

  /** Stops; what has arrived stays. */
  pause() {
    this.#stop.abort();
  }

  /** Stops, and tells the server to forget what has arrived. */
  async cancel() {
    this.#stop.abort();
    const known = this.#upload ?? (await rememberedOf(this.source.file));
    if (known !== null) await giveUp(known.id);
  }

  async #begin() {
    const known = this.#upload ?? (await rememberedOf(this.source.file));
    this.#upload = (known && (await this.#resume(known.id))) || (await this.#create());
    const { id, asset_id } = this.#upload;
    await hold(id); // another tab that opens meanwhile leaves it alone
    const { file, handle } = this.source;
    await keepUpload({ id, asset_id, name: file.name, size: file.size, modified: file.lastModified, handle });
    return this.#upload;
  }

  /** @param {string} id @returns {Promise<Upload | null>} null when it cannot go on: begin anew */
  async #resume(id) {
    const upload = await this.#ask(() => readUpload(id));
    if (upload === null) await forgetUpload(id);
    return upload;
  }

  /** @returns {Promise<Upload>} */
  async #create() {
    const { name, size, type } = this.source.file;
    const body = { filename: name, size_bytes: size, content_type: type || undefined };
    const request = { method: "POST", body, headers: { "Idempotency-Key": this.#key }, signal: this.#stop.signal };
    const answer = /** @type {{body: Upload}} */ (await this.#ask(() => call("/v1/uploads", request)));
    this.#key = randomKey();
    return answer.body;
  }

  /** What has arrived must be of this very file, whatever its name and date say. @param {Upload} upload */
  async #check(upload) {
    this.#sent = new Map();
    if (upload.parts.length > 0) this.listener.onphase("checking");
    for (const { number, size_bytes } of upload.parts) {
      const before = await sumOfPart(upload.id, number);
      const same = before === null || (await sumOf(this.#slice(number))) === before;
      this.#stop.signal.throwIfAborted();
      if (!same) throw new Problem("file_changed", 1, texts.upload.differs);
      this.#count(number, size_bytes);
    }
  }

  /** @param {Upload} upload */
  async #sendAll(upload) {
    this.listener.onphase("sending");
    const { signal } = this.#stop;
    const all = Array.from({ length: upload.part_count }, (_, at) => at + 1);
    const missing = all.filter((number) => !this.#sent.has(number));
    const slice = (/** @type {number} */ number) => this.#slice(number);
    const links = new LinkQueue(upload.id, slice, missing, signal, this.listener.onsilence);
    try {
      await Promise.all(Array.from({ length: PARALLEL }, () => this.#work(links)));
    } catch (error) {
      this.#stop.abort(); // one part is lost for good: the others stop too
      throw error;
    }
  }

  /** @param {number} number from 1 */
  #slice(number) {
    const { file } = this.source;
    const size = this.#upload?.part_size_bytes ?? file.size;
    return file.slice((number - 1) * size, number * size);
  }

  /** @param {LinkQueue} links */
  async #work(links) {
    for (let link = await links.next(); link !== null; link = await links.next()) await this.#send(link, links);
  }

  /** @param {import("./links.js").PartLink} link @param {LinkQueue} links */
  async #send(link, links) {
    const { signal } = this.#stop;
    for (let tries = 1, refusals = 0; ; tries += 1) {
      try {
        await putPart(link, this.#slice(link.number), signal, (count) => this.#count(link.number, count));
        this.#count(link.number, this.#slice(link.number).size);
        this.listener.onsilence(false);
        return;
      } catch (error) {
        this.#count(link.number, 0);
        signal.throwIfAborted();
        if (!isPassing(error)) refusals += 1;
        if (refusals === TRIES) throw new Problem("part_failed", 1, texts.upload.partFailed(link.number));
        this.listener.onsilence(isPassing(error));
        await backOff(tries, signal);
        link = await links.renew(link.number); // links expire, and a signed checksum belongs to one link
      }
    }
  }

  /** @template T @param {() => Promise<T>} task */
  #ask(task) {
    return patiently(task, this.#stop.signal, this.listener.onsilence);
  }

  /** @param {number} number @param {number} count */
  #count(number, count) {
    this.#sent.set(number, count);
    this.listener.onprogress();
  }
}

/** The upload while it can still come to an end; null when it was given up. @param {string} id @returns {Promise<Upload | null>} */
export async function readUpload(id) {
  try {
    const { body } = /** @type {{body: Upload}} */ (await call(`/v1/uploads/${id}`));
    return body.state === "open" || body.state === "completed" ? body : null;
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 410)) return null;
    throw error;
  }
}

/** @param {string} id */
export async function giveUp(id) {
  await forgetUpload(id);
  await call(`/v1/uploads/${id}`, { method: "DELETE" }).catch(() => null); // it expires by itself, too
}
