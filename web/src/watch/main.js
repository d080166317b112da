/** The watch page: a film by its link's token, or for its signed-in owner. It must not know how films are played. */
import { call } from "../shared/api.js";
import { fill, h, root } from "../shared/dom.js";
import { dateTime } from "../shared/format.js";
import { header } from "../shared/page.js";
import { texts } from "../texts.js";
import { takeAnswer } from "./ahead.js";
import { mintSession, openSession } from "./session.js";
import { stateOf } from "./states.js";
import { aboutFilm } from "./about.js";
import { Theatre } from "./theatre.js";

const asset = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const token = location.hash.slice(1);

/** The owner may be told more: how far it is, or that it failed. @param {import("../shared/api.js").Problem} problem */
async function explain(problem) {
  if (stateOf(problem) !== "waiting" || token !== "") return null;
  try {
    const found = /** @type {import("../shared/api.js").Asset} */ ((await call(`/v1/assets/${asset}`)).body);
    const name = found.status === "failed" ? /** @type {const} */ ("failed") : /** @type {const} */ ("waiting");
    return { name, progress: found.progress };
  } catch {
    return null; // the next try tells more
  }
}

function show() {
  const body = h("main", { class: "watch" });
  const library = h("a", { class: "button button-small", href: "/" }, texts.common.library);
  fill(root(), token === "" ? header("/", library) : header(null), body);
  addEventListener("hashchange", () => location.reload()); // another link pasted into the same tab
  const theatre = new Theatre(body, {
    open: () => (token === "" ? mintSession(asset) : openSession(token, asset, takeAnswer())),
    about: (session) =>
      aboutFilm(session, token === "" ? null : texts.watch.until(dateTime(session.playback.session_ends_at))),
    explain,
    token,
  });
  theatre.wait();
  theatre.open();
}

show();
