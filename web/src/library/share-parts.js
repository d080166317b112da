/** What the parts of the share dialog have in common. It must not know links. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { copyText } from "../shared/page.js";
import { texts } from "../texts.js";

const words = texts.share;
const COPIED_MS = 2000;

/** @param {string} name @param {() => void} onclick */
export function againButton(name, onclick) {
  return h("div", { class: "dialog-actions" }, h("button", { type: "button", class: "button", onclick }, name));
}

/** @param {HTMLInputElement} field @param {string} [name] @param {string} [className] */
export function copyButton(field, name = words.copy, className = "button-main") {
  const label = h("span", {}, name);
  const button = h("button", { type: "button", class: `button share-copy ${className}`, onclick: copy }, icon("link"), label);
  async function copy() {
    const copied = await copyText(field.value, field);
    label.textContent = copied ? words.copied : words.copyFailed;
    if (copied) setTimeout(() => fill(label, name), COPIED_MS);
  }
  return button;
}

/** A field that is only read; a press selects all of it. @param {string} name @param {string} value */
export function readOnly(name, value) {
  const field = h("input", { class: "input share-link", readonly: true, "aria-label": name });
  field.value = value;
  field.addEventListener("focus", () => field.select());
  return field;
}

/** A label above its control. @param {string} name @param {HTMLElement} control */
export function labelled(name, control) {
  return h("label", { class: "share-labelled" }, h("span", {}, name), control);
}
