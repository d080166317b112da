/** What is asked of an endpoint: where it is, what it is told of; and its secret, shown once. It must not know the list. */
import { sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { openDialog } from "../shared/page.js";
import { copyButton, readOnly } from "../library/share-parts.js";
import { texts } from "../texts.js";

/** @typedef {{url: string, description: string, events: string[]}} Wish */

const words = texts.webhooks;

/** @param {string} title @param {Wish | null} now what it is, null for a new one @param {(wish: Wish) => Promise<void>} save */
export function endpointDialog(title, now, save) {
  const url = h("input", { id: "webhook-url", class: "input", type: "url", required: true, placeholder: words.urlHint, autocomplete: "off" });
  const description = h("input", { id: "webhook-description", class: "input", autocomplete: "off", maxlength: 200 });
  url.value = now?.url ?? "";
  description.value = now?.description ?? "";
  const boxes = words.events.map(([name, says]) => eventBox(name, says, now === null || now.events.length === 0 || now.events.includes(name)));
  const error = h("p", { class: "field-error", role: "alert" });
  const cancel = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, texts.common.cancel);
  const done = h("button", { type: "submit", class: "button button-main" }, now === null ? words.addIt : words.save);
  const form = h(
    "form",
    { class: "stack", novalidate: true, onsubmit: submit },
    h("div", {}, h("label", { class: "label", for: "webhook-url" }, words.url), url),
    h("div", {}, h("label", { class: "label", for: "webhook-description" }, words.description), description),
    h("fieldset", { class: "choices" }, h("legend", { class: "label" }, words.told), ...boxes.map(({ element }) => element)),
    error,
    h("div", { class: "dialog-actions" }, cancel, done),
  );
  const dialog = openDialog(title, [form]);
  url.focus();

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const chosen = boxes.filter(({ box }) => box.checked).map(({ name }) => name);
    if (chosen.length === 0) return fill(error, words.needsEvent);
    done.disabled = true;
    try {
      // Every type is asked for by naming none, so that types to come are told as well.
      await save({ url: url.value.trim(), description: description.value.trim(), events: chosen.length === boxes.length ? [] : chosen });
      dialog.close();
    } catch (problem) {
      fill(error, sentence(problem));
    } finally {
      done.disabled = false;
    }
    return undefined;
  }
}

/** @param {string} name @param {string} says @param {boolean} checked */
function eventBox(name, says, checked) {
  const box = h("input", { type: "checkbox", class: "check" });
  box.checked = checked;
  return { name, box, element: h("label", { class: "choice" }, box, h("span", {}, says, " ", h("code", {}, name))) };
}

/** @param {string} secret @param {string} lead */
export function secretDialog(secret, lead) {
  const field = readOnly(words.secret, secret);
  const done = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, words.secretKept);
  const dialog = openDialog(words.secret, [h("p", {}, lead), h("div", { class: "field-row secret-row" }, field, copyButton(field, words.copySecret)), h("div", { class: "dialog-actions" }, done)]);
  field.focus();
}

/** How long the secret before goes on signing. @param {(seconds: number) => Promise<void>} rotate */
export function rotateDialog(rotate) {
  const keep = h("select", { id: "secret-keep", class: "input" });
  fill(keep, ...words.keeps.map(([seconds, name]) => h("option", { value: seconds }, String(name))));
  const error = h("p", { class: "field-error", role: "alert" });
  const cancel = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, texts.common.cancel);
  const done = h("button", { type: "submit", class: "button button-main" }, words.rotate);
  const form = h("form", { class: "stack", onsubmit: submit }, h("p", { class: "muted" }, words.rotateLead), h("div", {}, h("label", { class: "label", for: "secret-keep" }, words.keep), keep), error, h("div", { class: "dialog-actions" }, cancel, done));
  const dialog = openDialog(words.rotate, [form]);
  keep.focus();

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    done.disabled = true;
    try {
      await rotate(Number(keep.value));
      dialog.close();
    } catch (problem) {
      fill(error, sentence(problem));
    } finally {
      done.disabled = false;
    }
  }
}
