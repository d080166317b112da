/** Says on the pages of publishers when films are served without a token. It must not know how the gate decides. */
import { call } from "./api.js";
import { h } from "./dom.js";
import { texts } from "../texts.js";

/** @typedef {{gate: "enforce" | "log", public_assets: string[]}} Health */

/** An element that shows itself when there is something to warn of; who asks in vain is warned of nothing. */
export function gateNotice() {
  const notice = h("p", { class: "gate-notice", role: "note", hidden: true });
  call("/healthz")
    .then((answer) => {
      const said = sentence(/** @type {Health} */ (answer.body));
      notice.textContent = said;
      notice.hidden = said === "";
    })
    .catch(() => undefined);
  return notice;
}

/** @param {Health} health */
function sentence({ gate, public_assets: films = [] }) {
  if (gate === "log") return texts.library.gateLogs;
  return films.length > 0 ? texts.library.gatePublic(films.length) : "";
}
