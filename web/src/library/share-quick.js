/** A watch link of a day: made, shown, taken back. One per asset and visit of the page: opening the dialog again shows the same. */
import { call, create, sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { dateTime, relative } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";
import { againButton, copyButton } from "./share-parts.js";

/** @typedef {import("../shared/api.js").Playback} Playback */

const words = texts.share;

/** @type {Map<string, Playback>} */
const made = new Map();

/** @param {import("../shared/api.js").Asset} asset @returns {HTMLElement} */
export function quickPanel(asset) {
  const body = h("div", { class: "share", "aria-live": "polite" });
  const show = async () => {
    fill(body, h("p", { class: "muted" }, words.making));
    try {
      const playback = made.get(asset.id) ?? (await mint(asset.id));
      made.set(asset.id, playback);
      fill(body, ...linkView(playback, revoke));
    } catch (error) {
      fill(
        body,
        h("p", { class: "field-error", role: "alert" }, sentence(error)),
        againButton(texts.common.retry, show),
      );
    }
  };
  const revoke = async (/** @type {Playback} */ playback) => {
    try {
      await call(`/v1/playback/${playback.session_id}`, { method: "DELETE" });
      made.delete(asset.id);
      fill(body, h("p", { class: "share-revoked" }, icon("ban"), words.revoked), againButton(words.again, show));
    } catch (error) {
      body.append(h("p", { class: "field-error", role: "alert" }, sentence(error)));
    }
  };
  show();
  return h("div", {}, h("p", { class: "muted" }, words.lead), body);
}

/** @param {string} asset @returns {Promise<Playback>} */
async function mint(asset) {
  return (await create(`/v1/assets/${asset}/playback`, {})).body;
}

/** @param {Playback} playback @param {(playback: Playback) => void} revoke */
function linkView(playback, revoke) {
  const field = h("input", { class: "input share-link", readonly: true, "aria-label": words.field });
  field.value = playback.watch_url;
  field.addEventListener("focus", () => field.select());
  const ends = playback.session_ends_at;
  const open = h(
    "a",
    { class: "button", href: playback.watch_url, target: "_blank", rel: "noopener" },
    icon("play"),
    words.open,
  );
  const taking = { type: "button", class: "button button-quiet-danger", onclick: () => revoke(playback) };
  return [
    h("div", { class: "field-row" }, field, copyButton(field)),
    h("p", { class: "share-until" }, icon("clock"), words.until(dateTime(ends), relative(ends))),
    h("div", { class: "dialog-actions" }, h("button", taking, icon("ban"), words.revoke), open),
  ];
}
