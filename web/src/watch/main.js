/** The watch page: from a link to a playing film, or to a sentence that says why not. It must not know how films are played. */
import { call, Problem } from "../shared/api.js";
import { fill, h, root } from "../shared/dom.js";
import { dateTime } from "../shared/format.js";
import { header } from "../shared/page.js";
import { texts } from "../texts.js";
import { Player } from "./player.js";
import { mintSession, opensAt, openSession } from "./session.js";
import { retrySecondsOf, StateView, stateOf } from "./states.js";

class WatchPage {
  /** @type {Player | null} */
  #player = null;
  /** @type {import("./session.js").Session | null} */
  #session = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #tries = 0; // an answer to an older try is dropped

  constructor() {
    this.asset = decodeURIComponent(location.pathname.split("/")[2] ?? "");
    this.token = location.hash.slice(1);
    this.state = new StateView(() => this.open());
    this.body = h("main", { class: "watch" });
  }

  show() {
    const library = h("a", { class: "button button-small", href: "/" }, texts.common.library);
    fill(root(), this.token === "" ? header("/", library) : header(null), this.body);
    fill(
      this.body,
      h(
        "div",
        { class: "stage" },
        h("div", { class: "player player-loading", role: "status", "aria-label": texts.watch.loading }),
      ),
    );
    addEventListener("hashchange", () => location.reload()); // another link pasted into the same tab
    addEventListener("online", () => this.#player === null && this.open());
    this.open();
  }

  async open() {
    clearTimeout(this.#timer);
    const attempt = ++this.#tries;
    try {
      const session = this.token === "" ? await mintSession(this.asset) : await openSession(this.token, this.asset);
      if (attempt !== this.#tries) session.close();
      else await this.#play(session);
    } catch (error) {
      if (attempt === this.#tries)
        this.#stop(error instanceof Problem ? error : new Problem("broken", 0, String(error)));
    }
  }

  /** @param {import("./session.js").Session} session */
  async #play(session) {
    this.#session = session;
    this.#player = new Player(session, (problem) => this.#stop(problem));
    const { title, session_ends_at: ends } = session.playback;
    const name = title ?? texts.watch.page;
    document.title = `${name} · ${texts.brand}`;
    const about = h(
      "div",
      { class: "about" },
      h("h1", { class: session.playback.kind === "audio" && "visually-hidden" }, name),
      this.token !== "" && h("p", { class: "muted" }, texts.watch.until(dateTime(ends))),
    );
    fill(this.body, h("div", { class: "stage" }, this.#player.element), about);
    await this.#player.open();
  }

  /** @param {Problem} problem */
  async #stop(problem) {
    this.#player?.close();
    this.#session?.close();
    this.#player = null;
    const attempt = this.#tries;
    const { name, progress } = await this.#explain(problem);
    if (attempt !== this.#tries) return;
    this.state.show(name, { progress, opens: opensAt(this.#session?.token ?? this.token) });
    fill(this.body, this.state.element);
    const seconds = retrySecondsOf(name);
    if (seconds !== null) this.#timer = setTimeout(() => this.open(), seconds * 1000);
  }

  /** The owner may be told more: how far it is, or that it failed. @param {Problem} problem */
  async #explain(problem) {
    const name = stateOf(problem);
    if (name !== "waiting" || this.token !== "") return { name, progress: null };
    try {
      const asset = /** @type {import("../shared/api.js").Asset} */ ((await call(`/v1/assets/${this.asset}`)).body);
      return { name: asset.status === "failed" ? /** @type {const} */ ("failed") : name, progress: asset.progress };
    } catch {
      return { name, progress: null }; // the next try tells more
    }
  }
}

new WatchPage().show();
