/** The way between the studio's own pages. It must not know what they show. */
import { h } from "../shared/dom.js";
import { texts } from "../texts.js";

const words = texts.studio;
const PAGES = /** @type {const} */ (["titles", "insight", "webhooks", "settings"]);

/** @param {typeof PAGES[number] | null} here null on the page of one title */
export function sections(here) {
  const names = { titles: words.titles, insight: texts.insight.title, webhooks: texts.webhooks.title, settings: words.settings };
  const link = (/** @type {typeof PAGES[number]} */ name) =>
    h("a", { class: "section-link", href: name === "titles" ? "/studio" : `/studio/${name}`, "aria-current": here === name && "page" }, names[name]);
  return h("nav", { class: "sections", "aria-label": words.sections }, ...PAGES.map(link));
}
