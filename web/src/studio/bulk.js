/** Acts on every chosen asset: one request each, a few at a time; what came of each is told. It must not know the list. */
import { create } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { editAsset } from "../shared/edit.js";
import { icon } from "../shared/icons.js";
import { removeDialog } from "../shared/remove.js";
import { texts } from "../texts.js";
import { actOn } from "./bulk-results.js";
import { shareDialog } from "./bulk-share.js";
import { tagDialog } from "./bulk-tags.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{chosen: () => Asset[], chooseAll: (all: boolean) => void, onchange: () => void}} Choice */

const words = texts.studio.bulk;

/** @param {Choice} choice */
export function bulkBar(choice) {
  const all = h("input", { type: "checkbox", class: "check", onchange: () => choice.chooseAll(all.checked) });
  const count = h("span", { role: "status" });
  const buttons = [
    button("pencil", words.tag, () => tagDialog(choice)),
    button("link", words.share, () => shareDialog(choice)),
    previewMenu(choice),
    button("retry", words.ingest, () => actOn(choice, words.ingest, words.ingested, ({ id }) => create(`/v1/assets/${id}/ingest`, {}))),
    button("trash", words.remove, () => removeDialog(choice.chosen(), choice.onchange), "button-quiet-danger"),
  ];
  const label = h("label", { class: "bulk-all" }, all, words.all);
  const tools = h("div", { class: "bulk-tools", hidden: true }, ...buttons);
  const element = h("div", { class: "bulk", role: "group", "aria-label": words.name }, label, count, tools);
  const update = () => {
    const chosen = choice.chosen().length;
    fill(count, chosen > 0 && words.count(chosen));
    tools.hidden = chosen === 0;
    const boxes = document.querySelectorAll(".asset-row .check").length;
    element.hidden = boxes === 0;
    all.checked = chosen > 0 && chosen === boxes;
    all.indeterminate = chosen > 0 && chosen < boxes;
  };
  return { element, update };
}

/** Whether a pasted share link shows title and poster. @param {Choice} choice */
function previewMenu(choice) {
  const select = h("select", { class: "input select bulk-select", "aria-label": words.preview, onchange: act });
  fill(select, h("option", { value: "" }, words.preview), ...words.previews.map(([value, name]) => h("option", { value }, name)));
  function act() {
    const shown = select.value === "show";
    select.value = "";
    actOn(choice, words.preview, words.previewed, ({ id }) => editAsset(id, (asset) => (asset.public_preview === shown ? null : { public_preview: shown })));
  }
  return select;
}

/** @param {import("../shared/icons.js").IconName} picture @param {string} name @param {() => void} onclick @param {string} [more] */
function button(picture, name, onclick, more = "") {
  return h("button", { type: "button", class: `button button-small ${more}`.trim(), onclick }, icon(picture), name);
}
