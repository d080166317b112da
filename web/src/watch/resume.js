/**
 * Where a viewer stopped in which film, on this device alone. It must not know players or links: a place opens nothing.
 * The newest hundred are kept.
 */
import { recall, remember } from "../shared/storage.js";

const NAME = "places";
const MOST = 100;
const SHORTEST_SECONDS = 60; // nobody looks for their place in a clip
const EDGE_SECONDS = 15; // who has hardly begun, or sees the credits, begins anew

/** @typedef {[asset: string, seconds: number]} Place newest first */

/** Seconds into the film, 0 when it is to begin at its beginning. @param {string} asset */
export function placeOf(asset) {
  return places().find(([of]) => of === asset)?.[1] ?? 0;
}

/** @param {string} asset @param {number} seconds @param {number} duration */
export function keepPlace(asset, seconds, duration) {
  const others = places().filter(([of]) => of !== asset);
  const inside = duration >= SHORTEST_SECONDS && seconds >= EDGE_SECONDS && seconds <= duration - EDGE_SECONDS;
  /** @type {Place[]} */
  const kept = inside ? [[asset, Math.floor(seconds)], ...others] : others;
  remember(NAME, kept.length === 0 ? null : JSON.stringify(kept.slice(0, MOST)));
}

/** @returns {Place[]} what is stored, as far as it is what was written */
function places() {
  try {
    const stored = JSON.parse(recall(NAME) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isPlace) : [];
  } catch {
    return []; // damaged: as if nothing had been kept
  }
}

/** @param {unknown} value @returns {value is Place} */
function isPlace(value) {
  return Array.isArray(value) && typeof value[0] === "string" && Number.isFinite(value[1]) && value[1] > 0;
}
