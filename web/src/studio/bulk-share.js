/** Makes a share link for every chosen asset, and gives them to be copied, each and all. It must not know the list. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { openDialog } from "../shared/page.js";
import { together } from "../shared/together.js";
import { makeShare } from "../library/share-api.js";
import { copyButton, labelled, readOnly } from "../library/share-parts.js";
import { texts } from "../texts.js";
import { resultList } from "./bulk-results.js";

const words = texts.studio.bulk;
const USUAL_LIFE = 30 * 86_400;

/** @param {import("./bulk.js").Choice} choice */
export function shareDialog(choice) {
  const assets = choice.chosen();
  const life = h("select", { class: "input select" });
  fill(life, ...texts.share.lives.map(([value, name]) => h("option", { value, selected: value === USUAL_LIFE }, String(name))));
  const views = h("input", { class: "input", type: "number", min: 1, max: 1_000_000, placeholder: texts.share.viewsHint });
  const grid = h("div", { class: "share-grid" }, labelled(texts.share.life, life), labelled(texts.share.views, views));
  const make = h("button", { type: "submit", class: "button button-main" }, icon("link"), words.makeLinks(assets.length));
  const form = h("form", { class: "share-form", onsubmit: submit }, grid, h("div", { class: "share-make" }, make));
  const body = h("div", { "aria-live": "polite" }, form);
  openDialog(words.shareTitle(assets.length), [h("p", { class: "muted" }, words.shareLead), body]);
  life.focus();

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    make.disabled = true;
    const wish = { label: "", life_seconds: Number(life.value), view_limit: views.value === "" ? null : Number(views.value), password: null };
    const results = await together(assets, ({ id }) => makeShare(id, wish));
    const made = results.map((result) => (result.status === "fulfilled" ? result.value.url : ""));
    const list = resultList(assets, results, (at) => linkRow(assets[at].title, made[at]));
    const lines = assets.flatMap(({ title }, at) => (made[at] === "" ? [] : [`${title}\t${made[at]}`]));
    const all = readOnly(words.allLinks, lines.join("\n"));
    all.hidden = true; // what is copied; each link is to be seen in its own row
    fill(body, list, lines.length > 1 && h("div", { class: "dialog-actions" }, all, copyButton(all, words.copyAll)));
  }
}

/** @param {string} title @param {string} url */
function linkRow(title, url) {
  const field = readOnly(texts.share.linkField(title), url);
  return h("div", { class: "field-row" }, field, copyButton(field, texts.share.copy, "button-small"));
}
