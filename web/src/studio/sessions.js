/** Who may watch an asset, until when, and taking that back. It must not know the rest of its page. */
import { call, Problem } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { dateTime, relative } from "../shared/format.js";
import { notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { Panel } from "./panel.js";

/** @typedef {{session_id: string, viewer: string, state: "waiting" | "open" | "ended" | "revoked", bind_ip: string | null, created_at: string, session_ends_at: string}} Session */

const words = texts.studio.sessions;
const ANONYMOUS = "anonymous";

export class SessionSection extends Panel {
  /** @type {string | null} */
  #asset = null;
  /** @type {Session[]} */
  #sessions = [];
  /** @type {string | null} */
  #cursor = null;

  constructor() {
    super("sessions", words.title);
    this.element.hidden = true; // until the server says that there is such a list, and that we may read it
    this.list = h("ul", { class: "session-list" });
    this.more = h("button", { type: "button", class: "button button-small", hidden: true, onclick: () => this.#load() }, texts.library.more);
    fill(this.body, this.list, this.more);
  }

  /** @param {import("../shared/api.js").Asset} asset */
  update(asset) {
    if (this.#asset === asset.id) return;
    this.#asset = asset.id;
    this.#load();
  }

  async #load() {
    const query = this.#cursor === null ? "" : `?cursor=${encodeURIComponent(this.#cursor)}`;
    try {
      const answer = await call(`/v1/assets/${this.#asset}/sessions${query}`);
      const { items, next_cursor } = /** @type {{items: Session[], next_cursor: string | null}} */ (answer.body);
      this.#sessions.push(...items);
      this.#cursor = next_cursor;
      this.element.hidden = false;
      this.#draw();
    } catch (error) {
      const known = error instanceof Problem && (error.status === 404 || error.status === 403);
      if (!known) this.attempt(() => Promise.reject(error));
    }
  }

  #draw() {
    this.more.hidden = this.#cursor === null;
    const rows = this.#sessions.map((session) => this.#row(session));
    fill(this.list, ...(rows.length > 0 ? rows : [h("li", { class: "muted" }, words.none)]));
  }

  /** @param {Session} session */
  #row(session) {
    const name = session.viewer === ANONYMOUS ? words.anonymous : session.viewer;
    const alive = session.state === "open" || session.state === "waiting";
    const facts = [words.opened(relative(session.created_at)), alive && words.ends(dateTime(session.session_ends_at)), session.bind_ip];
    const revoke = { type: "button", class: "button button-small button-quiet-danger", onclick: () => this.#revoke(session) };
    return h(
      "li",
      { class: "session" },
      h("div", {}, h("strong", {}, name), h("p", { class: "row-facts" }, facts.filter(Boolean).join(" · "))),
      h("span", { class: `badge badge-session-${session.state}` }, words.states[session.state]),
      alive && h("button", { ...revoke, "aria-label": words.revokeOf(name) }, words.revoke),
    );
  }

  /** @param {Session} session */
  async #revoke(session) {
    await this.attempt(async () => {
      await call(`/v1/playback/${session.session_id}`, { method: "DELETE" });
      session.state = "revoked";
      notice(words.revoked);
      this.#draw();
    });
  }
}
