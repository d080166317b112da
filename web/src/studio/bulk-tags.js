/** Adds a tag to every chosen asset, and takes one away. It must not know the list. */
import { fill, h } from "../shared/dom.js";
import { editAsset } from "../shared/edit.js";
import { openDialog } from "../shared/page.js";
import { texts } from "../texts.js";
import { actOn } from "./bulk-results.js";

/** @typedef {import("../shared/api.js").Asset} Asset */

const words = texts.studio.bulk;

/** @param {import("./bulk.js").Choice} choice */
export function tagDialog(choice) {
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
    const chosen = { ...choice, chosen: () => assets };
    if (more !== "" || less !== "") actOn(chosen, words.tag, words.tagged, ({ id }) => editAsset(id, (asset) => retag(asset, more, less)));
  }
}

/** @param {Asset} asset @param {string} more @param {string} less */
function retag({ tags }, more, less) {
  const kept = tags.filter((tag) => tag !== less);
  const now = more === "" || kept.includes(more) ? kept : [...kept, more];
  return now.length === tags.length && now.every((tag) => tags.includes(tag)) ? null : { tags: now };
}
