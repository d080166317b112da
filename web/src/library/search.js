/** Search and status filter; the address bar keeps the question, so that a reload asks it again. It must not know the list. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";

const TYPING_MS = 250; // long enough that a word is one request
const words = texts.library;

/** @param {() => void} onchange */
export function searchBar(onchange) {
  const given = new URLSearchParams(location.search);
  const text = h("input", {
    type: "search",
    class: "input",
    placeholder: words.searchHint,
    "aria-label": words.search,
  });
  text.value = given.get("q") ?? "";
  const status = statusSelect(given.get("status") ?? "");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing;

  const question = () => {
    /** @type {Record<string, string>} */
    const asked = {};
    if (text.value.trim() !== "") asked.q = text.value.trim();
    if (status.value !== "") asked.status = status.value;
    return asked;
  };
  const changed = () => {
    const query = new URLSearchParams(question()).toString();
    history.replaceState(null, "", query === "" ? location.pathname : `?${query}`);
    onchange();
  };
  const clear = () => {
    text.value = "";
    status.value = "";
    changed();
    text.focus();
  };
  text.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(changed, TYPING_MS);
  });
  status.addEventListener("change", changed);
  const field = h("div", { class: "search-field" }, icon("search"), text);
  return { element: h("search", { class: "search" }, field, status), question, clear };
}

/** @param {string} chosen */
function statusSelect(chosen) {
  const select = h("select", { class: "input select", "aria-label": words.status });
  const names = Object.entries(words.statuses).filter(([status]) => status !== "deleted");
  fill(select, ...names.map(([status, name]) => h("option", { value: status === "all" ? "" : status }, name)));
  select.value = chosen;
  if (select.value !== chosen) select.value = "";
  return select;
}
