/**
 * A film on its way: the picture in its place, and the stream that comes into it. It must not know controls: to make them
 * takes about as long as the first segment's way on a fast line, so that they are made while something is waited for.
 */
import { h } from "../shared/dom.js";
import { texts } from "../texts.js";
import { openStream } from "./stream.js";

export class Film {
  /** Who shows it; until then nobody listens. @type {import("./stream.js").Listener | null} */
  listener = null;
  /** What went wrong before anybody listened. @type {import("../shared/api.js").Problem | null} */
  problem = null;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    const { kind = "video", poster_url: poster } = session.playback;
    this.session = session;
    this.video = h("video", {
      playsinline: true,
      preload: "auto",
      crossorigin: "anonymous",
      poster: kind === "video" && poster,
    });
    this.element = h("div", { class: "player", role: "region", "aria-label": texts.watch.player, "data-kind": kind }, this.video);
    /** Settles with the first segment. @type {Promise<void>} */
    this.heard = new Promise((heard) => (this.hear = heard));
    this.stream = openStream(this.video, session, {
      onchange: () => this.listener?.onchange(),
      onheard: () => {
        this.hear?.();
        this.listener?.onheard();
      },
      onsilence: (silent) => this.listener?.onsilence(silent),
      onrendition: (name) => this.listener?.onrendition?.(name),
      onproblem: (problem) => {
        this.problem = problem;
        this.listener?.onproblem(problem);
      },
    });
    this.stream.catch(() => null); // whoever waits for it meets the failure
  }

  close() {
    this.stream.then((stream) => stream.close()).catch(() => null);
  }
}
