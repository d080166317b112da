/** What the library shows when there are no cards. It must not know why. */
import { sentence } from "../shared/api.js";
import { hasCredential } from "../shared/credential.js";
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";

const words = texts.library;

/** Grey cards while the first answer is on its way. */
export function skeleton() {
  const cards = Array.from({ length: 8 }, () =>
    h("div", { class: "card skeleton" }, h("div", { class: "thumb" }), h("p")),
  );
  return h("div", { class: "grid grid-loading", role: "status", "aria-label": words.loading }, ...cards);
}

/** @param {() => void} choose opens the file picker */
export function emptyState(choose) {
  return h(
    "section",
    { class: "empty", "aria-labelledby": "empty-title" },
    h("span", { class: "empty-picture" }, icon("film")),
    h("h2", { id: "empty-title" }, words.emptyTitle),
    h("p", { class: "muted" }, words.emptyLead),
    h(
      "ul",
      { class: "ways" },
      h("li", {}, dropWay(choose)),
      h("li", { class: "way" }, icon("terminal"), h("h3", {}, words.emptyCli), h("code", {}, words.emptyCliCommand)),
      h("li", { class: "way" }, icon("folder"), h("h3", {}, words.emptyInbox), inboxHint()),
    ),
  );
}

/** There is nothing, and who looks may add nothing. */
export function nothingYetState() {
  const said = [h("h2", {}, words.emptyTitle), h("p", { class: "muted" }, words.emptyForViewers)];
  return h("section", { class: "empty empty-small" }, h("span", { class: "empty-picture" }, icon("film")), ...said);
}

/** Where the inbox lies: a deployment, where people sign in elsewhere, has it in its bucket. */
function inboxHint() {
  const [before, folder, after] = hasCredential() ? words.emptyInboxBucket : words.emptyInboxHint;
  return h("p", {}, before, h("code", {}, folder), after);
}

/** @param {() => void} choose */
function dropWay(choose) {
  const inside = [
    icon("upload"),
    h("span", { class: "way-title" }, words.emptyDrop),
    h("span", {}, words.emptyDropHint),
  ];
  return h("button", { type: "button", class: "way way-drop", onclick: choose }, ...inside);
}

/** @param {() => void} clear */
export function noMatchState(clear) {
  return h(
    "section",
    { class: "empty empty-small" },
    h("span", { class: "empty-picture" }, icon("search")),
    h("h2", {}, words.noMatch),
    h("p", { class: "muted" }, words.noMatchHint),
    h("button", { type: "button", class: "button", onclick: clear }, words.clear),
  );
}

/** What is not there does not come by trying again. @param {{title: string, back: string}} said @param {string} href */
export function goneState({ title, back }, href) {
  return h(
    "section",
    { class: "empty empty-small", role: "alert" },
    h("span", { class: "empty-picture" }, icon("film")),
    h("h1", {}, title),
    h("a", { class: "button button-main", href }, back),
  );
}

/** @param {unknown} error @param {() => void} again @param {string} [title] */
export function failedState(error, again, title = words.failed) {
  return h(
    "section",
    { class: "empty empty-small", role: "alert" },
    h("span", { class: "empty-picture" }, icon("offline")),
    h("h2", {}, title),
    h("p", { class: "muted" }, sentence(error)),
    h("button", { type: "button", class: "button button-main", onclick: again }, icon("retry"), texts.common.retry),
  );
}
