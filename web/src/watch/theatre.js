/**
 * From a right to watch to a playing film, or to a sentence that says why not, tried again by itself where that may help.
 * It must not know where rights come from, nor what is around the film.
 */
import { Problem } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { texts } from "../texts.js";
import { Film } from "./film.js";
import { Player } from "./player.js";
import { opensAt } from "./session.js";
import { retrySecondsOf, StateView, stateOf } from "./states.js";
import { prepareStream } from "./stream.js";

const PATIENCE_MS = 150; // with hls.js, and with the first segment, before anything is drawn in their way

/** @typedef {import("./session.js").Session} Session */
/** @typedef {{name: import("./states.js").StateName, progress: number | null}} Explanation */

/**
 * @typedef {object} Acts
 * @property {() => Promise<Session>} open the right to watch, or a `Problem`
 * @property {(session: Session) => Node | null} about what stands below the film
 * @property {(problem: Problem) => Promise<Explanation | null>} [explain] what the page knows better; null leaves it as it is
 * @property {(problem: Problem) => boolean} [refused] true when the page shows something of its own instead
 * @property {string} [token] of the link, which may say when it begins to work
 */

export class Theatre {
  /** @type {Player | null} */
  #player = null;
  /** @type {Session | null} */
  #session = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #tries = 0; // an answer to an older try is dropped

  /** @param {HTMLElement} body @param {Acts} acts */
  constructor(body, acts) {
    this.body = body;
    this.acts = acts;
    this.state = new StateView(() => this.open());
    addEventListener("online", () => this.#tries > 0 && this.#player === null && this.open());
  }

  /** What is there while nothing is known yet. */
  wait() {
    const empty = h("div", { class: "player player-loading", role: "status", "aria-label": texts.watch.loading });
    fill(this.body, h("div", { class: "stage" }, empty));
  }

  async open() {
    clearTimeout(this.#timer);
    const attempt = ++this.#tries;
    const prepared = prepareStream();
    try {
      const session = await this.acts.open();
      await Promise.race([prepared, pause(PATIENCE_MS)]);
      if (attempt !== this.#tries) session.close();
      else await this.#play(session, attempt);
    } catch (error) {
      if (attempt === this.#tries) this.stop(error);
    }
  }

  /** The film, once there is one. */
  get video() {
    return this.#player?.video ?? null;
  }

  /** @param {Session} session @param {number} attempt */
  async #play(session, attempt) {
    this.#session = session;
    const film = new Film(session);
    document.title = `${session.playback.title ?? texts.watch.page} · ${texts.brand}`;
    fill(this.body, h("div", { class: "stage" }, film.element), this.acts.about(session));
    await Promise.race([film.heard, pause(PATIENCE_MS)]);
    if (attempt !== this.#tries) return film.close();
    this.#player = new Player(film, (problem) => this.stop(problem));
    await this.#player.open();
  }

  /** Ends what plays, and says why. @param {unknown} error */
  async stop(error) {
    const problem = error instanceof Problem ? error : new Problem("broken", 0, String(error));
    this.#player?.close();
    this.#session?.close();
    this.#player = null;
    if (this.acts.refused?.(problem)) return;
    const attempt = this.#tries;
    const known = { name: stateOf(problem), progress: null };
    const { name, progress } = (await this.acts.explain?.(problem)) ?? known;
    if (attempt !== this.#tries) return;
    this.state.show(name, { progress, opens: opensAt(this.#session?.token ?? this.acts.token ?? "") });
    fill(this.body, this.state.element);
    const seconds = retrySecondsOf(name);
    if (seconds !== null) this.#timer = setTimeout(() => this.open(), seconds * 1000);
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
