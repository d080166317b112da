/** The part of the share dialog that makes code for other pages: a frame with the player, for the sites that are listed. */
import { h } from "../shared/dom.js";
import { texts } from "../texts.js";
import { ShareList } from "./share-list.js";
import { labelled } from "./share-parts.js";

/** @typedef {import("./share-api.js").Share} Share */

const words = texts.share;
const LIFE_SECONDS = 365 * 86_400; // a page that shows the film is meant to stay
const SOUND_HEIGHT = 160;
const WIDTH = 640;

/** @param {import("../shared/api.js").Asset} asset @returns {HTMLElement} */
export function embedPanel(asset) {
  const sites = h("textarea", { class: "input", rows: 2, required: true, placeholder: words.sitesHint });
  const list = new ShareList(asset.id, {
    holds: (share) => share.sites.length > 0,
    name: (share) => share.sites.map((site) => site.replace(/^https:\/\//, "")).join(", "),
    text: (share) => codeOf(asset, share),
    field: words.code,
    copy: words.copyCode,
    none: words.noEmbeds,
    make: words.makeEmbed,
    controls: [labelled(words.sites, sites), h("p", { class: "muted share-hint" }, words.sitesHelp)],
    wish: () => ({ sites: sites.value.split(/[\s,]+/).filter((site) => site !== ""), life_seconds: LIFE_SECONDS }),
  });
  return h("div", {}, h("p", { class: "muted" }, words.embedLead), list.element);
}

/** @param {import("../shared/api.js").Asset} asset @param {Share} share */
function codeOf(asset, share) {
  const shape = asset.width && asset.height ? asset.height / asset.width : 9 / 16;
  const frame = document.createElement("iframe");
  const attributes = {
    src: share.embed_url ?? "",
    width: WIDTH,
    height: asset.kind === "audio" ? SOUND_HEIGHT : Math.round(WIDTH * shape),
    title: asset.title,
    frameborder: "0",
    allow: "autoplay; fullscreen; picture-in-picture",
    allowfullscreen: "",
  };
  for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, String(value));
  return frame.outerHTML; // the browser's own escaping of a title
}
