/** How much this device's line brings, for the first segment of a film. It must not know what is loaded. */

import { recall, remember } from "../shared/storage.js";

const NAME = "line";
// Where nothing is known a player begins with the best it may take; on a slow line the first picture then comes late.
const MOST_BITS_PER_SECOND = 5_000_000;

/** Bits a second: what the last film was brought with, else what the browser thinks; undefined where nobody knows. */
export function lineEstimate() {
  const measured = Number(recall(NAME));
  /** @type {number | undefined} Mbit/s, Network Information API; not in every browser */
  const told = /** @type {any} */ (navigator).connection?.downlink;
  const known = measured > 0 ? measured : (told ?? 0) * 1e6;
  return known > 0 ? Math.min(known, MOST_BITS_PER_SECOND) : undefined;
}

/** @param {number} bits a second, as measured */
export function noteLine(bits) {
  if (Number.isFinite(bits) && bits > 0) remember(NAME, String(Math.round(bits)));
}
