/** The share dialog: a link for today, links with rules, code for other pages. It must not know how links are made. */
import { fill, h } from "../shared/dom.js";
import { openDialog } from "../shared/page.js";
import { texts } from "../texts.js";
import { embedPanel } from "./share-embed.js";
import { linksPanel } from "./share-links.js";
import { quickPanel } from "./share-quick.js";

/** @typedef {import("../shared/api.js").Asset} Asset */

const words = texts.share;
/** @type {["quick" | "links" | "embed", (asset: Asset) => HTMLElement][]} */
const PARTS = [
  ["quick", quickPanel],
  ["links", linksPanel],
  ["embed", embedPanel],
];

/** @param {Asset} asset */
export function shareDialog(asset) {
  const panel = h("div", { class: "share-panel", role: "tabpanel", id: "share-panel" });
  const tabs = PARTS.map(([name, make]) => tab(words.tabs[name], () => show(name, make)));
  /** @param {string} name @param {(asset: Asset) => HTMLElement} make */
  function show(name, make) {
    for (const [at, [one]] of PARTS.entries()) {
      tabs[at].setAttribute("aria-selected", String(one === name));
      tabs[at].tabIndex = one === name ? 0 : -1;
    }
    panel.setAttribute("aria-label", words.tabs[/** @type {"quick"} */ (name)]);
    fill(panel, make(asset));
  }
  const bar = h("div", { class: "share-tabs", role: "tablist", "aria-label": words.title(asset.title) }, ...tabs);
  bar.addEventListener("keydown", (event) => walk(event, tabs));
  openDialog(words.title(asset.title), [bar, panel]);
  show(...PARTS[0]);
}

/** @param {string} name @param {() => void} onclick */
function tab(name, onclick) {
  return h("button", { type: "button", class: "share-tab", role: "tab", "aria-controls": "share-panel", onclick }, name);
}

/** Arrows move between the parts (WAI-ARIA tabs). @param {KeyboardEvent} event @param {HTMLButtonElement[]} tabs */
function walk(event, tabs) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = tabs.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  if (step === undefined || at < 0) return;
  const next = tabs[(at + step + tabs.length) % tabs.length];
  next.focus();
  next.click();
}
