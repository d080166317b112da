/** Does one thing to every chosen asset, and tells of each what came of it. It must not know what is done. */
import { sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { notice, openDialog } from "../shared/page.js";
import { together } from "../shared/together.js";
import { texts } from "../texts.js";

/** @typedef {import("../shared/api.js").Asset} Asset */
/** @typedef {import("./bulk.js").Choice} Choice */

const words = texts.studio.bulk;

/**
 * When all went well a line says so; else a list says it of each, with a button that tries the rest again.
 * @param {Choice} choice @param {string} title @param {(count: number) => string} done @param {(asset: Asset) => Promise<unknown>} deed
 */
export async function actOn(choice, title, done, deed) {
  const assets = choice.chosen();
  const results = await together(assets, deed);
  choice.onchange();
  const failed = assets.filter((_, at) => results[at].status === "rejected");
  if (failed.length === 0) return notice(done(assets.length));
  const again = () => {
    dialog.close();
    actOn({ ...choice, chosen: () => failed }, title, done, deed);
  };
  const close = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, texts.common.close);
  const retry = h("button", { type: "button", class: "button button-main", onclick: again }, icon("retry"), texts.common.retry);
  const dialog = openDialog(words.results(title), [resultList(assets, results), h("div", { class: "dialog-actions" }, close, retry)]);
  return undefined;
}

/** @param {Asset[]} assets @param {PromiseSettledResult<unknown>[]} results @param {(at: number) => Node | null} [more] what stands below one that went well */
export function resultList(assets, results, more = () => null) {
  const list = h("ul", { class: "results" });
  fill(list, ...assets.map(({ title }, at) => {
    const result = results[at];
    const failed = result.status === "rejected";
    const state = h("span", { class: `badge ${failed ? "badge-failed" : "badge-ready"}` }, failed ? words.notDone : words.isDone);
    const text = failed ? h("p", { class: "row-error" }, sentence(result.reason)) : more(at);
    return h("li", { class: "result" }, h("div", { class: "result-head" }, h("strong", {}, title), state), text);
  }));
  return list;
}
