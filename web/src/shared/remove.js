/** Deletes assets after saying what exactly goes, counted in the store. It must not know lists. */
import { call, sentence } from "./api.js";
import { fill, h } from "./dom.js";
import { bytes } from "./format.js";
import { notice, openDialog } from "./page.js";
import { together } from "./together.js";
import { texts } from "../texts.js";

/** @typedef {import("./api.js").Asset} Asset */
/** @typedef {{objects: number, bytes: number, versions: number, sessions: number}} Preview */

const words = texts.remove;

/** @param {Asset[]} assets one or many @param {() => void} onchange at the end, also when some are left */
export function removeDialog(assets, onchange) {
  const error = h("div", { class: "field-error", role: "alert" });
  const cancel = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, texts.common.cancel);
  const confirm = h("button", { type: "button", class: "button button-danger", onclick: remove }, words.confirm);
  const list = h("ul", { class: "dialog-list" }, ...words.goes.map((line) => h("li", {}, line)));
  const count = h("p", { class: "dialog-count", role: "status" }, words.counting);
  const titles = assets.length > 1 && h("ul", { class: "dialog-titles" }, ...assets.map(({ title }) => h("li", {}, title)));
  const actions = h("div", { class: "dialog-actions" }, cancel, confirm);
  const title = assets.length === 1 ? words.title(assets[0].title) : words.titleMany(assets.length);
  const dialog = openDialog(title, [titles || null, h("p", {}, words.lead), list, count, error, actions]);
  cancel.focus(); // a stray Enter keeps everything
  previewOf(assets).then((preview) => {
    if (preview === null) return fill(count, words.uncounted);
    return fill(count, words.count(preview.objects, bytes(preview.bytes), preview.versions, preview.sessions));
  });

  async function remove() {
    confirm.disabled = true;
    fill(error);
    const told = (/** @type {number} */ done) => assets.length > 1 && fill(count, words.progress(done, assets.length));
    const results = await together(assets, ({ id }) => call(`/v1/assets/${id}`, { method: "DELETE" }), told);
    const left = assets.flatMap((asset, at) => (results[at].status === "rejected" ? [{ asset, ...results[at] }] : []));
    onchange();
    if (left.length === 0) {
      dialog.close();
      return notice(assets.length === 1 ? words.done(assets[0].title) : words.doneMany(assets.length));
    }
    assets = left.map(({ asset }) => asset); // the button tries the rest again
    confirm.disabled = false;
    fill(error, ...left.map(({ asset, reason }) => h("p", {}, `${asset.title}: ${sentence(reason)}`)));
    return undefined;
  }
}

/** The sum of what goes; null when it could not be counted. @param {Asset[]} assets @returns {Promise<Preview | null>} */
async function previewOf(assets) {
  const results = await together(assets, async ({ id }) => /** @type {{body: Preview}} */ (await call(`/v1/assets/${id}/deletion`)).body);
  const sum = { objects: 0, bytes: 0, versions: 0, sessions: 0 };
  for (const result of results) {
    if (result.status === "rejected") return null;
    for (const name of /** @type {(keyof Preview)[]} */ (Object.keys(sum))) sum[name] += result.value[name];
  }
  return sum;
}
