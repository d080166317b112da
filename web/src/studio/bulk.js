/** Acts on every chosen asset: one request each, a few at a time; what fails is named. It must not know the list. */
import { create, sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { editAsset } from "../shared/edit.js";
import { icon } from "../shared/icons.js";
import { notice, openDialog } from "../shared/page.js";
import { removeDialog } from "../shared/remove.js";
import { together } from "../shared/together.js";
import { texts } from "../texts.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {{chosen: () => Asset[], chooseAll: (all: boolean) => void, onchange: () => void}} Choice */

const words = texts.studio.bulk;
const SETTLED = new Set(["ready", "failed"]);

/** @param {Choice} choice */
export function bulkBar(choice) {
  const all = h("input", { type: "checkbox", class: "check", onchange: () => choice.chooseAll(all.checked) });
  const count = h("span", { role: "status" });
  const again = () => act(choice, choice.chosen().filter(({ status }) => SETTLED.has(status)), words.ingested, ingest);
  const buttons = [
    button("pencil", words.tag, () => tagDialog(choice)),
    button("retry", words.ingest, again),
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

/** @param {import("../shared/icons.js").IconName} picture @param {string} name @param {() => void} onclick @param {string} [more] */
function button(picture, name, onclick, more = "") {
  return h("button", { type: "button", class: `button button-small ${more}`.trim(), onclick }, icon(picture), name);
}

/** @param {Asset} asset */
function ingest({ id }) {
  return create(`/v1/assets/${id}/ingest`, {});
}

/** @param {Choice} choice @param {Asset[]} assets @param {(count: number) => string} done @param {(asset: Asset) => Promise<unknown>} deed */
async function act(choice, assets, done, deed) {
  const results = await together(assets, deed);
  const failures = results.flatMap((result, at) => (result.status === "rejected" ? [{ asset: assets[at], reason: result.reason }] : []));
  choice.onchange();
  if (assets.length > failures.length || assets.length === 0) notice(done(assets.length - failures.length));
  if (failures.length === 0) return;
  const list = failures.map(({ asset, reason }) => h("li", {}, h("strong", {}, asset.title), ` ${sentence(reason)}`));
  openDialog(words.failed(failures.length), [h("ul", { class: "dialog-list" }, ...list)]);
}

/** @param {Choice} choice */
function tagDialog(choice) {
  const assets = choice.chosen();
  const add = h("input", { id: "tag-add", class: "input", list: "known-tags", autocomplete: "off" });
  const drop = h("select", { id: "tag-drop", class: "input" });
  const worn = [...new Set(assets.flatMap(({ tags }) => tags))].sort((one, other) => one.localeCompare(other));
  fill(drop, h("option", { value: "" }, words.noTag), ...worn.map((value) => h("option", { value }, value)));
  const cancel = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, texts.common.cancel);
  const save = h("button", { type: "submit", class: "button button-main" }, words.save);
  const form = h(
    "form",
    { class: "stack", onsubmit: submit },
    h("div", {}, h("label", { class: "label", for: "tag-add" }, words.add), add),
    h("div", {}, h("label", { class: "label", for: "tag-drop" }, words.drop), drop),
    h("div", { class: "dialog-actions" }, cancel, save),
  );
  const dialog = openDialog(words.tagTitle(assets.length), [form]);
  add.focus();

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    dialog.close();
    const [more, less] = [add.value.trim(), drop.value];
    if (more !== "" || less !== "") act(choice, assets, words.tagged, ({ id }) => editAsset(id, (asset) => retag(asset, more, less)));
  }
}

/** @param {Asset} asset @param {string} more @param {string} less */
function retag({ tags }, more, less) {
  const kept = tags.filter((tag) => tag !== less);
  const now = more === "" || kept.includes(more) ? kept : [...kept, more];
  return now.length === tags.length && now.every((tag) => tags.includes(tag)) ? null : { tags: now };
}
