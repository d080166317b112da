/** The part of the share dialog that makes share links with a life, a number of views and a password. */
import { sentence } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { setPreview } from "./share-api.js";
import { ShareList } from "./share-list.js";
import { labelled } from "./share-parts.js";

const words = texts.share;
const USUAL_LIFE = 30 * 86_400;

/** @param {import("../shared/api.js").Asset} asset @returns {HTMLElement} */
export function linksPanel(asset) {
  const label = h("input", { class: "input", maxlength: 100, placeholder: words.labelHint });
  const life = h("select", { class: "input select" }, ...words.lives.map(([seconds, name]) => lifeOption(seconds, name)));
  const views = h("input", { class: "input", type: "number", min: 1, max: 1_000_000, placeholder: words.viewsHint });
  const password = h("input", {
    class: "input",
    type: "text",
    minlength: 6,
    maxlength: 200,
    autocomplete: "off",
    placeholder: words.passwordHint,
  });
  const grid = h(
    "div",
    { class: "share-grid" },
    labelled(words.label, label),
    labelled(words.life, life),
    labelled(words.views, views),
    labelled(words.password, password),
  );
  const list = new ShareList(asset.id, {
    holds: (share) => share.sites.length === 0,
    name: (share) => share.label || words.unnamed,
    text: (share) => share.url,
    field: words.unnamed,
    copy: words.copy,
    none: words.none,
    make: words.make,
    controls: [grid],
    wish: () => ({
      label: label.value,
      life_seconds: Number(life.value),
      view_limit: views.value === "" ? null : Number(views.value),
      password: password.value || null,
    }),
  });
  return h("div", {}, h("p", { class: "muted" }, words.linksLead), list.element, previewSwitch(asset));
}

/** @param {number | string} seconds @param {number | string} name */
function lifeOption(seconds, name) {
  return h("option", { value: seconds, selected: seconds === USUAL_LIFE }, String(name));
}

/** @param {import("../shared/api.js").Asset} asset */
function previewSwitch(asset) {
  const box = h("input", { type: "checkbox", onchange: change });
  box.checked = asset.public_preview;
  async function change() {
    try {
      await setPreview(asset.id, box.checked);
      asset.public_preview = box.checked;
    } catch (error) {
      box.checked = !box.checked;
      notice(sentence(error));
    }
  }
  return h(
    "label",
    { class: "share-preview" },
    box,
    h("span", {}, words.preview, h("span", { class: "muted share-hint" }, words.previewHint)),
  );
}
