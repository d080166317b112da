/** Search and filters; the address bar keeps the question, so that a reload asks it again. It must not know the list. */
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { texts } from "../texts.js";

const TYPING_MS = 250; // long enough that a word is one request
const words = texts.library;

/** A field beside the search words: what it is asked by, and its element. @typedef {{name: string, element: HTMLInputElement | HTMLSelectElement}} Filter */

/** @param {() => void} onchange @param {Filter[]} [filters] */
export function searchBar(onchange, filters = [statusFilter()]) {
  const text = h("input", { type: "search", class: "input", placeholder: words.searchHint, "aria-label": words.search });
  /** @type {Filter[]} */
  const fields = [{ name: "q", element: text }, ...filters];
  recallFrom(new URLSearchParams(location.search), fields);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;

  /** @returns {Record<string, string>} */
  const question = () =>
    Object.fromEntries(fields.map(({ name, element }) => [name, element.value.trim()]).filter(([, value]) => value !== ""));
  const changed = () => {
    const query = new URLSearchParams(question()).toString();
    history.replaceState(null, "", query === "" ? location.pathname : `?${query}`);
    onchange();
  };
  const clear = () => {
    for (const { element } of fields) element.value = "";
    changed();
    text.focus();
  };
  for (const { element } of fields) {
    element.addEventListener(element.matches("select") ? "change" : "input", () => {
      clearTimeout(typing);
      typing = setTimeout(changed, element.matches("select") ? 0 : TYPING_MS);
    });
  }
  const field = h("div", { class: "search-field" }, icon("search"), text);
  return { element: h("search", { class: "search" }, field, ...filters.map(({ element }) => element)), question, clear };
}

export function statusFilter() {
  const { all, ...statuses } = words.statuses;
  const names = Object.entries(statuses).filter(([status]) => status !== "deleted");
  return choiceFilter("status", words.status, [["", all], ...names]);
}

/** @param {string} name @param {string} label @param {string[][]} options value and text; the first value is "" @returns {Filter} */
export function choiceFilter(name, label, options) {
  const element = h("select", { class: "input select", "aria-label": label });
  fill(element, ...options.map(([value, text]) => h("option", { value }, text)));
  return { name, element };
}

/** @param {URLSearchParams} given @param {Filter[]} fields */
function recallFrom(given, fields) {
  for (const { name, element } of fields) {
    element.value = given.get(name) ?? "";
    if (element instanceof HTMLSelectElement && element.selectedIndex === -1) element.value = ""; // nobody offers that
  }
}
