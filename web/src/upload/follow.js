/** Follows an ingest from its queue to ready. It must not know elements. */
import { call, Problem } from "../shared/api.js";

/** @typedef {import("../shared/api.js").Asset} Asset */

const POLL_MS = 1500;
const SETTLED = new Set(["ready", "failed", "deleted"]);

/** Tells `onchange` of every look, until the asset is settled or `signal` is. @param {string} id @param {AbortSignal} signal */
/** @param {string} id @param {AbortSignal} signal @param {(asset: Asset | null) => void} onchange null: it is gone */
export async function follow(id, signal, onchange) {
  while (!signal.aborted) {
    try {
      const { body } = /** @type {{body: Asset}} */ (await call(`/v1/assets/${id}`, { signal }));
      onchange(body);
      if (SETTLED.has(body.status)) return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && (error.status === 404 || error.status === 410)) return onchange(null);
      // unreachable for a moment: the next look tells
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
