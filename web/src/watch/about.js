/** What stands below a film: its title, and a line about the link. It must not know players. */
import { h } from "../shared/dom.js";
import { texts } from "../texts.js";

/** @param {import("./session.js").Session} session @param {string | null} line */
export function aboutFilm(session, line) {
  const { title, kind } = session.playback;
  return h(
    "div",
    { class: "about" },
    h("h1", { class: kind === "audio" && "visually-hidden" }, title ?? texts.watch.page),
    line !== null && h("p", { class: "muted" }, line),
  );
}
