/** The studio: which of its views an address means. It must not know what they show; each is loaded when it is wanted. */
import { Problem } from "../shared/api.js";
import { fill, h, root } from "../shared/dom.js";
import { gateNotice } from "../shared/gate-notice.js";
import { header, nav } from "../shared/page.js";
import { texts } from "../texts.js";
import { failedState } from "../library/states.js";

const words = texts.studio;

/** @typedef {{title: string, elements: Node[], tools?: Node[]}} View */

async function show() {
  const name = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  const body = h("main", { class: "studio" }, h("p", { class: "muted", role: "status" }, words.loading));
  fill(root(), header("/", nav("studio")), body);
  try {
    const view = await viewOf(name);
    document.title = `${view.title} · ${texts.brand}`;
    fill(root(), header("/", nav("studio"), ...(view.tools ?? [])), body);
    fill(body, gateNotice(), ...view.elements);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return location.assign(`/signin?to=${encodeURIComponent(location.pathname + location.search)}`);
    fill(body, failedState(error, show));
  }
}

/** @param {string} name @returns {Promise<View>} */
async function viewOf(name) {
  if (name === "") return (await import("./list.js")).listView();
  if (name === "settings") return (await import("./settings.js")).settingsView();
  return (await import("./asset.js")).assetView(name);
}

show();
