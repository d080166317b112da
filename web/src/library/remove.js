/** Deletes an asset after saying what goes. It must not know cards. */
import { call, sentence } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { notice, openDialog } from "../shared/page.js";
import { texts } from "../texts.js";

const words = texts.remove;

/** @param {import("../shared/api.js").Asset} asset @param {() => void} onchange */
export function removeDialog(asset, onchange) {
  const error = h("p", { class: "field-error", role: "alert" });
  const cancel = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, texts.common.cancel);
  const confirm = h("button", { type: "button", class: "button button-danger", onclick: remove }, words.confirm);
  const list = h("ul", { class: "dialog-list" }, ...words.goes.map((line) => h("li", {}, line)));
  const actions = h("div", { class: "dialog-actions" }, cancel, confirm);
  const dialog = openDialog(words.title(asset.title), [h("p", {}, words.lead), list, error, actions]);
  cancel.focus(); // a stray Enter keeps everything

  async function remove() {
    confirm.disabled = true;
    try {
      await call(`/v1/assets/${asset.id}`, { method: "DELETE" });
      dialog.close();
      notice(words.done(asset.title));
      onchange();
    } catch (problem) {
      error.textContent = sentence(problem);
      confirm.disabled = false;
    }
  }
}
