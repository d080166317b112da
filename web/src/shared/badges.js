/** What an asset's state is called, on every page that shows one. It must not know pages. */
import { texts } from "../texts.js";
import { h } from "./dom.js";

const words = texts.library;

/** @param {import("./api.js").Asset} asset @returns {HTMLElement[]} */
export function badges({ status, paused, waiting }) {
  const held = waiting ? words.waiting : paused ? words.paused : null;
  const name = h("span", { class: `badge badge-${status}` }, words.badges[status]);
  if (held === null) return [name];
  const hold = h("span", { class: "badge" }, held);
  return status === "playable" ? [name, hold] : [hold]; // what is held is not being processed
}
