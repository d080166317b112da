/** What there is to see while there is only something to hear. It must not know how it plays. */
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const BARS = 28;

/** @param {string} title @param {string | null} poster cover art */
export function audioStage(title, poster) {
  const cover = poster ? h("img", { src: poster, alt: "" }) : icon("audio");
  const bars = Array.from({ length: BARS }, () => h("span"));
  return h(
    "div",
    { class: "audio-stage", "aria-hidden": "true" },
    h("div", { class: "audio-cover" }, cover),
    h("p", { class: "audio-title" }, title),
    h("div", { class: "audio-bars" }, ...bars),
  );
}
