/** How fast something grows, of late. It must not know what. */

const SPAN_SECONDS = 8; // a line changes; what it did a minute ago says nothing of the time left
const STEADY_SECONDS = 1;

export class Rate {
  /** @type {[number, number][]} seconds, amount */
  #seen = [];

  /** @param {number} amount in all, so far @param {number} [now] seconds */
  note(amount, now = performance.now() / 1000) {
    this.#seen.push([now, amount]);
    while (this.#seen.length > 2 && this.#seen[0][0] < now - SPAN_SECONDS) this.#seen.shift();
  }

  forget() {
    this.#seen = [];
  }

  /** Amount per second; null while nobody can know. */
  get perSecond() {
    if (this.#seen.length < 2) return null;
    const [[began, before], [now, after]] = [this.#seen[0], this.#seen[this.#seen.length - 1]];
    return now - began < STEADY_SECONDS || after <= before ? null : (after - before) / (now - began);
  }
}
