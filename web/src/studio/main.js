/** The studio: which of its views an address means. It must not know what they show; each is loaded when it is wanted. */
import { Problem } from "../shared/api.js";
import { may } from "../shared/credential.js";
import { fill, h, root } from "../shared/dom.js";
import { gateNotice } from "../shared/gate-notice.js";
import { header, nav } from "../shared/page.js";
import { signOutForm } from "../shared/sign-out.js";
import { texts } from "../texts.js";
import { failedState, goneState } from "../library/states.js";
import { sections } from "./sections.js";

const words = texts.studio;

/** @typedef {{title: string, elements: Node[], tools?: Node[]}} View */

async function show() {
  const name = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  const body = h("main", { class: "studio" }, h("p", { class: "muted", role: "status" }, words.loading));
  fill(root(), header("/", nav("studio"), signOutForm()), body);
  if (!may("assets:write")) return fill(body, goneState(words.publishers, "/"));
  try {
    const view = await viewOf(name);
    document.title = `${view.title} · ${texts.brand}`;
    fill(root(), header("/", nav("studio"), ...(view.tools ?? []), signOutForm()), body);
    fill(body, gateNotice(), sections(pageOf(name)), ...view.elements);
    body.querySelector(".sections [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }); // on a phone they scroll
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return location.assign(`/signin?to=${encodeURIComponent(location.pathname + location.search)}`);
    const gone = error instanceof Problem && (error.status === 404 || error.status === 410);
    fill(body, sections(pageOf(name)), gone ? goneState(words.gone, "/studio") : failedState(error, show, words.failed));
  }
}

/** @param {string} name */
function pageOf(name) {
  if (name === "") return "titles";
  return name === "insight" || name === "webhooks" || name === "settings" ? name : null;
}

/** @param {string} name @returns {Promise<View>} */
async function viewOf(name) {
  if (name === "") return (await import("./list.js")).listView();
  if (name === "insight") return (await import("./insight.js")).insightView();
  if (name === "webhooks") return (await import("./webhooks.js")).webhooksView();
  if (name === "settings") return (await import("./settings.js")).settingsView();
  return (await import("./asset.js")).assetView(name);
}

show();
