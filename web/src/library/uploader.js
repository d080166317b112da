/**
 * Sends one file in parts straight to the object store. It must not know elements.
 *
 *     begin ─▶ links for a few parts at a time ─▶ PUT, three at once ─▶ complete
 *
 * What has arrived stays: `run` called again (also after a reload, with the same file) sends only what is missing.
 */
import { call, create, Problem } from "../shared/api.js";
import { recall, remember } from "../shared/storage.js";
import { texts } from "../texts.js";
import { putPart } from "./part.js";

const PARALLEL = 3; // one slow connection is not made faster by more, and a part in memory is some megabytes
const LINKS_AT_ONCE = 6; // links are short-lived: ask for what the next minute needs
const TRIES = 5;

/** @typedef {{number: number, size_bytes: number, etag: string}} StoredPart */
/** @typedef {{id: string, asset_id: string, state: string, part_size_bytes: number, part_count: number, parts: StoredPart[]}} Upload */
/** @typedef {{number: number, url: string, headers: Record<string, string>}} PartLink */

export class Uploader {
  /** @type {Upload | null} */
  #upload = null;
  #stop = new AbortController();
  /** @type {Map<number, number>} bytes sent of the parts under way and done */
  #sent = new Map();

  /** @param {File} file @param {() => void} onprogress called often; read `sentBytes` */
  constructor(file, onprogress) {
    this.file = file;
    this.onprogress = onprogress;
  }

  get sentBytes() {
    return [...this.#sent.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Sends what is missing and completes. Returns the new asset's id. @throws {Problem} or an AbortError after `cancel` */
  async run() {
    this.#stop = new AbortController();
    const upload = await this.#begin();
    const missing = this.#missing(upload);
    const links = new LinkQueue(upload.id, (number) => this.#slice(number), missing, this.#stop.signal);
    try {
      await Promise.all(Array.from({ length: PARALLEL }, () => this.#work(links)));
    } catch (error) {
      this.#stop.abort(); // one part is lost for good: the others stop too
      throw error;
    }
    await call(`/v1/uploads/${upload.id}/complete`, { method: "POST" });
    remember(this.#memory, null);
    return upload.asset_id;
  }

  /** Stops, and tells the server to forget what has arrived. */
  async cancel() {
    this.#stop.abort();
    remember(this.#memory, null);
    if (this.#upload !== null) await call(`/v1/uploads/${this.#upload.id}`, { method: "DELETE" }).catch(() => null);
  }

  /** The file's identity as far as a browser tells it. */
  get #memory() {
    return `upload.${this.file.name}.${this.file.size}.${this.file.lastModified}`;
  }

  async #begin() {
    const known = this.#upload?.id ?? recall(this.#memory);
    this.#upload = (known && (await this.#resume(known))) || (await this.#create());
    remember(this.#memory, this.#upload.id);
    return this.#upload;
  }

  /** @param {string} id @returns {Promise<Upload | null>} null when it cannot go on: begin anew */
  async #resume(id) {
    try {
      const { body } = /** @type {{body: Upload}} */ (await call(`/v1/uploads/${id}`));
      return body.state === "open" ? body : null;
    } catch (error) {
      if (error instanceof Problem && (error.status === 404 || error.status === 410)) return null;
      throw error;
    }
  }

  /** @returns {Promise<Upload>} */
  async #create() {
    const wish = { filename: this.file.name, size_bytes: this.file.size, content_type: this.file.type || undefined };
    return (await create("/v1/uploads", wish)).body;
  }

  /** @param {Upload} upload */
  #missing(upload) {
    this.#sent = new Map(upload.parts.map((part) => [part.number, part.size_bytes]));
    const all = Array.from({ length: upload.part_count }, (_, at) => at + 1);
    return all.filter((number) => !this.#sent.has(number));
  }

  /** @param {number} number from 1 */
  #slice(number) {
    const size = this.#upload?.part_size_bytes ?? this.file.size;
    return this.file.slice((number - 1) * size, number * size);
  }

  /** @param {LinkQueue} links */
  async #work(links) {
    for (let link = await links.next(); link !== null; link = await links.next()) await this.#send(link, links);
  }

  /** @param {PartLink} link @param {LinkQueue} links */
  async #send(link, links) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await putPart(link, this.#slice(link.number), this.#stop.signal, (count) => this.#count(link.number, count));
        return;
      } catch (error) {
        this.#count(link.number, 0);
        if (this.#stop.signal.aborted) throw error;
        if (attempt === TRIES) throw new Problem("part_failed", 0, texts.upload.partFailed(link.number));
        await backOff(attempt, this.#stop.signal);
        link = await links.renew(link.number); // links expire, and a signed checksum belongs to one link
      }
    }
  }

  /** @param {number} number @param {number} count */
  #count(number, count) {
    this.#sent.set(number, count);
    this.onprogress();
  }
}

/** Hands out links one by one and asks for the next few when they run out. */
class LinkQueue {
  /** @type {PartLink[]} */
  #ready = [];
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /** @param {string} upload @param {(number: number) => Blob} slice @param {number[]} waiting @param {AbortSignal} signal */
  constructor(upload, slice, waiting, signal) {
    this.upload = upload;
    this.slice = slice;
    this.waiting = waiting;
    this.signal = signal;
  }

  /** The next part to send, or null when all are handed out. @returns {Promise<PartLink | null>} */
  next() {
    const mine = this.#turn.then(() => this.#take()); // one after the other, or two workers would ask for the same links
    this.#turn = mine.catch(() => null);
    return mine;
  }

  async #take() {
    if (this.#ready.length === 0) await this.#refill();
    return this.#ready.shift() ?? null;
  }

  /** @param {number} number @returns {Promise<PartLink>} */
  async renew(number) {
    return (await this.#ask([number]))[0];
  }

  async #refill() {
    if (this.waiting.length === 0) return;
    this.#ready = await this.#ask(this.waiting.slice(0, LINKS_AT_ONCE));
    this.waiting.splice(0, this.#ready.length);
  }

  /** @param {number[]} numbers @returns {Promise<PartLink[]>} */
  async #ask(numbers) {
    const path = `/v1/uploads/${this.upload}/parts`;
    const body = await wishFor(numbers, this.slice);
    const answer = await call(path, { method: "POST", body, signal: this.signal });
    return /** @type {{body: {parts: PartLink[]}}} */ (answer).body.parts;
  }
}

/** With checksums where the browser can make them: `crypto.subtle` exists only over HTTPS and on the machine itself. */
/** @param {number[]} numbers @param {(number: number) => Blob} slice */
async function wishFor(numbers, slice) {
  if (globalThis.crypto.subtle === undefined) return { numbers };
  const parts = [];
  for (const number of numbers) parts.push({ number, sha256: await sha256(slice(number)) }); // one part in memory at a time
  return { parts };
}

/** @param {Blob} part @returns {Promise<string>} base64, as the store compares it */
async function sha256(part) {
  const digest = await crypto.subtle.digest("SHA-256", await part.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** Waits 1, 2, 4, 8 s, and for the connection. @param {number} attempt @param {AbortSignal} signal @returns {Promise<void>} */
async function backOff(attempt, signal) {
  await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
  if (!navigator.onLine && !signal.aborted) {
    await new Promise((resolve) => {
      addEventListener("online", resolve, { once: true });
      signal.addEventListener("abort", resolve, { once: true });
    });
  }
  signal.throwIfAborted();
}
