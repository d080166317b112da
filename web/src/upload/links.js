/** Hands out links to send parts to, and asks for the next few when they run out. It must not know how parts are sent. */
import { call } from "../shared/api.js";
import { sumOf } from "./hashing.js";
import { keepSum } from "./memory.js";
import { patiently } from "./patience.js";

/** @typedef {{number: number, url: string, headers: Record<string, string>}} PartLink */

const LINKS_AT_ONCE = 6; // links are short-lived: ask for what the next minute needs

export class LinkQueue {
  /** @type {PartLink[]} */
  #ready = [];
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /**
   * @param {string} upload @param {(number: number) => Blob} slice @param {number[]} waiting numbers of parts
   * @param {AbortSignal} signal @param {(silent: boolean) => void} onsilence
   */
  constructor(upload, slice, waiting, signal, onsilence) {
    this.upload = upload;
    this.slice = slice;
    this.waiting = waiting;
    this.signal = signal;
    this.onsilence = onsilence;
  }

  /** The next part to send, or null when all are handed out. @returns {Promise<PartLink | null>} */
  next() {
    const mine = this.#turn.then(() => this.#take()); // one after the other, or two workers would ask for the same links
    this.#turn = mine.catch(() => null);
    return mine;
  }

  async #take() {
    if (this.#ready.length === 0 && this.waiting.length > 0) {
      this.#ready = await this.#ask(this.waiting.slice(0, LINKS_AT_ONCE));
      this.waiting.splice(0, this.#ready.length);
    }
    return this.#ready.shift() ?? null;
  }

  /** @param {number} number @returns {Promise<PartLink>} */
  async renew(number) {
    return (await this.#ask([number]))[0];
  }

  /** @param {number[]} numbers @returns {Promise<PartLink[]>} */
  async #ask(numbers) {
    const body = await this.#wishes(numbers);
    const request = { method: "POST", body, signal: this.signal };
    const ask = () => call(`/v1/uploads/${this.upload}/parts`, request);
    const answer = await patiently(ask, this.signal, this.onsilence);
    return /** @type {{body: {parts: PartLink[]}}} */ (answer).body.parts;
  }

  /** A link takes the bytes of its checksum alone; each is kept, to know the same file again. @param {number[]} numbers */
  async #wishes(numbers) {
    const parts = [];
    for (const number of numbers) {
      const sum = await sumOf(this.slice(number)); // one part in memory at a time
      this.signal.throwIfAborted();
      await keepSum(this.upload, number, sum);
      parts.push({ number, sha256: sum });
    }
    return { parts };
  }
}
