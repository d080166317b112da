/** What the watch page says when nothing plays: one sentence and a way out per reason. It must not know players. */
import { fill, h } from "../shared/dom.js";
import { dateTime, progressText } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";

/** @typedef {keyof typeof texts.states} StateName */
/** @typedef {{picture: import("../shared/icons.js").IconName, again?: boolean, signIn?: boolean, retrySeconds?: number}} StateKind */

/** @type {Record<StateName, StateKind>} */
const KINDS = {
  ended: { picture: "clock" },
  revoked: { picture: "ban" },
  used: { picture: "ban" },
  damaged: { picture: "broken" },
  missing: { picture: "lock", signIn: true },
  early: { picture: "clock", retrySeconds: 15 },
  place: { picture: "lock" },
  wrong: { picture: "broken" },
  waiting: { picture: "film", retrySeconds: 3 },
  failed: { picture: "warning" },
  offline: { picture: "offline", again: true, retrySeconds: 5 },
  codec: { picture: "warning" },
  deleted: { picture: "trash" },
  unknown: { picture: "search" },
  broken: { picture: "warning", again: true },
  quiet: { picture: "clock", again: true, retrySeconds: 20 },
};

/** @type {Record<string, StateName>} */
const BY_CODE = {
  session_ended: "ended",
  session_not_found: "ended",
  token_expired: "ended",
  session_revoked: "revoked",
  share_ended: "ended",
  share_used_up: "used",
  share_revoked: "revoked",
  share_not_found: "unknown",
  token_malformed: "damaged",
  token_signature: "damaged",
  token_missing: "missing",
  credential_missing: "missing",
  credential_invalid: "missing",
  scope_missing: "missing",
  token_not_yet: "early",
  token_ip: "place",
  token_path: "wrong",
  asset_not_playable: "waiting",
  asset_failed: "failed",
  asset_deleted: "deleted",
  asset_not_found: "unknown",
  route_not_found: "unknown",
  too_many_requests: "quiet",
  offline: "offline",
  codec: "codec",
  object_not_found: "broken", // a newer version took its place: opening again plays that one
};

/** @type {Record<number, StateName>} for answers of gateways, which carry no code */
const BY_STATUS = {
  401: "missing",
  404: "unknown",
  410: "deleted",
  429: "quiet",
  502: "offline",
  503: "offline",
  504: "offline",
};

/** @param {import("../shared/api.js").Problem} problem @returns {StateName} */
export function stateOf(problem) {
  return BY_CODE[problem.code] ?? BY_STATUS[problem.status] ?? "broken";
}

/** Seconds after which the page should try again by itself, or null. @param {StateName} name */
export function retrySecondsOf(name) {
  return KINDS[name].retrySeconds ?? null;
}

export class StateView {
  /** @param {() => void} again */
  constructor(again) {
    this.again = again;
    this.element = h("section", { class: "state", "aria-live": "polite" });
  }

  /** @param {StateName} name @param {{progress?: number | null, opens?: Date | null}} [more] */
  show(name, { progress = null, opens = null } = {}) {
    const words = texts.states[name];
    const kind = KINDS[name];
    const retry = { type: "button", class: "button button-main", onclick: this.again };
    fill(
      this.element,
      h("span", { class: "state-picture" }, icon(kind.picture)),
      h("h1", {}, words.title),
      h("p", {}, words.text),
      name === "early" && opens !== null && h("p", {}, h("time", { datetime: opens.toISOString() }, dateTime(opens.toISOString()))),
      name === "waiting" && progressBar(progress),
      kind.again && h("button", retry, icon("retry"), texts.common.retry),
      kind.signIn && h("a", { class: "button button-main", href: `/signin?to=${encodeURIComponent(location.pathname)}` }, texts.common.signIn),
    );
    this.element.dataset.state = name;
    document.title = `${words.title} · ${texts.brand}`;
  }
}

/** @param {number | null} progress 0–100, null when only the owner may know */
function progressBar(progress) {
  const bar = h("progress", { max: 100, "aria-label": texts.states.waiting.title });
  if (progress !== null) bar.value = progress;
  return h("div", { class: "progress-line" }, bar, progress !== null && h("span", {}, progressText(progress)));
}
