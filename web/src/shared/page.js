/** What every page has around its content: the wordmark, short notices, dialogs, copying. It must not know what they are for. */
import { texts } from "../texts.js";
import { may } from "./credential.js";
import { h } from "./dom.js";
import { icon, logo } from "./icons.js";

/** @param {string | null} href where the wordmark leads; null for people who have no library @param {...Node} tools */
export function header(href, ...tools) {
  const mark = [logo(), h("span", { class: "wordmark" }, texts.brand)];
  const brand = href === null ? h("span", { class: "brand" }, ...mark) : h("a", { class: "brand", href }, ...mark);
  return h(
    "header",
    { class: "top" },
    h("div", { class: "top-in" }, brand, h("div", { class: "top-tools" }, ...tools)),
  );
}

/** Words beside a picture that a phone has no room for; the control around them has the name. @param {string} words */
export function wideOnly(words) {
  return h("span", { class: "wide-only" }, words);
}

/** The pages of whoever is signed in; the studio is for who may change something. @param {"library" | "studio" | null} here */
export function nav(here) {
  const link = (/** @type {"library" | "studio"} */ name, /** @type {string} */ href) =>
    h("a", { class: "nav-link", href, "aria-current": here === name && "page" }, texts.common[name]);
  return h("nav", { class: "nav", "aria-label": texts.common.pages }, link("library", "/"), may("assets:write") && link("studio", "/studio"));
}

/**
 * A button with a picture and a name. @param {import("./icons.js").IconName} picture @param {string} name
 * @param {() => void} onclick @param {string} [className]
 */
export function iconButton(picture, name, onclick, className = "") {
  const properties = { type: "button", class: `icon-button ${className}`.trim(), "aria-label": name, title: name };
  return h("button", { ...properties, onclick }, icon(picture));
}

const NOTICE_SECONDS = 5;
const ACTION_SECONDS = 12; // somebody must read it, decide, and get there

/**
 * Says something short at the edge of the page and to screen readers, and goes by itself.
 * @param {string} message @param {{name: string, run: () => void}} [action] what can be done about it meanwhile
 */
export function notice(message, action) {
  const shelf = document.querySelector(".notices") ?? document.body.appendChild(shelfElement());
  const note = h("div", { class: "notice" }, message);
  const act = () => {
    note.remove();
    action?.run();
  };
  if (action) note.append(h("button", { type: "button", class: "notice-action", onclick: act }, action.name));
  shelf.append(note);
  setTimeout(() => note.remove(), (action ? ACTION_SECONDS : NOTICE_SECONDS) * 1000);
}

function shelfElement() {
  return h("div", { class: "notices", role: "status", "aria-live": "polite" });
}

/**
 * Opens a modal dialog (the browser's own: focus stays inside, Escape closes) and takes it away when it closes.
 * @param {string} title @param {import("./dom.js").Child[]} content
 */
export function openDialog(title, content) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const closing = iconButton("close", texts.common.close, () => dialog.close());
  const top = h("div", { class: "dialog-top" }, heading, closing);
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, top, ...content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop; what is inside has its own targets
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** True when the text is on the clipboard. @param {string} text @param {HTMLInputElement} field holds the same text */
export async function copyText(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // no clipboard API without HTTPS; the old command still works with a selected field
    field.select();
    return document.execCommand("copy");
  }
}
