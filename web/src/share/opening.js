/**
 * Opens a share link into a theatre: at once, or after its password, or after a press where opening counts as a view, so
 * that a program which only looks at links spends none. It must not know what is around the film.
 */
import { call, Problem } from "../shared/api.js";
import { texts } from "../texts.js";
import { openSession, openShare } from "../watch/session.js";
import { Theatre } from "../watch/theatre.js";
import { Door } from "./door.js";
import { keep, kept } from "./kept.js";

/** @typedef {import("../watch/session.js").Session} Session */

export class Opening {
  /** @type {string | null} */
  #password = null;
  #pressed = false;
  /** @type {Door | null} */
  #door = null;

  /** @param {string} share @param {HTMLElement} body @param {(session: Session) => Node | null} about */
  constructor(share, body, about) {
    this.share = share;
    this.body = body;
    this.theatre = new Theatre(body, { open: () => this.#open(), about, refused: (problem) => this.#refused(problem) });
  }

  async begin() {
    this.theatre.wait();
    await this.theatre.open();
  }

  /** @returns {Promise<Session>} */
  async #open() {
    const before = kept(this.share);
    if (before !== null) {
      try {
        return await openSession(before.token, before.asset);
      } catch (error) {
        if (error instanceof Problem && error.status === 0) throw error;
        keep(this.share, null); // over: the link may open another
      }
    }
    if (!this.#pressed) await this.#look();
    const session = await openShare(this.share, this.#password);
    keep(this.share, session);
    return session;
  }

  /** Whether it takes more than the link itself. @throws {Problem} `door` when it does */
  async #look() {
    const page = /** @type {import("./door.js").SharePage} */ ((await call(`/v1/shares/${encodeURIComponent(this.share)}`)).body);
    if (!page.has_password && page.views_left === null) return;
    this.#door = new Door(page, (password) => this.#press(password));
    throw new Problem("door", 0, "");
  }

  /** @param {string | null} password */
  async #press(password) {
    this.#password = password;
    this.#pressed = true;
    await this.theatre.open();
    this.theatre.video?.play().catch(() => null); // the press was meant for the film
  }

  /** @param {Problem} problem */
  #refused(problem) {
    if (this.#door === null) return false;
    if (problem.code === "door") this.#door.show(this.body);
    else if (problem.code === "share_password_wrong") this.#door.refuse(texts.shared.wrong);
    else if (problem.code === "too_many_requests") this.#door.refuse(texts.states.quiet.text);
    else return false;
    return true;
  }
}
