/** The film beside its editor, opened when it is wanted. It must not know captions or posters: others lay them over it. */
import { sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { openStream } from "../watch/stream.js";
import { mintSession } from "../watch/session.js";
import { texts } from "../texts.js";

const words = texts.studio.preview;

export class Preview {
  /** @type {Promise<void> | null} */
  #opening = null;

  /** @param {import("../shared/api.js").Asset} asset */
  constructor(asset) {
    this.asset = asset;
    this.video = h("video", { class: "preview-video", playsinline: true, crossorigin: "anonymous", hidden: true });
    this.video.setAttribute("aria-label", asset.title);
    this.error = h("p", { class: "field-error", role: "alert" });
    const picture = asset.poster_url ? h("img", { src: asset.poster_url, alt: "" }) : icon(asset.kind === "audio" ? "audio" : "film");
    const start = { type: "button", class: "preview-start", "aria-label": words.open, onclick: () => this.open(true) };
    this.cover = h("div", { class: "preview-cover" }, picture, asset.version && h("button", start, icon("play")));
    this.element = h("div", { class: "preview" }, this.cover, this.video, this.error);
  }

  /** The film, ready to be moved in. @param {boolean} [play] */
  async open(play = false) {
    this.#opening ??= this.#open();
    await this.#opening;
    if (play) await this.video.play().catch(() => null); // the browser wants one more click
  }

  async #open() {
    try {
      const session = await mintSession(this.asset.id);
      const onproblem = () => fill(this.error, words.stopped);
      await openStream(this.video, session, { onchange() {}, onheard() {}, onsilence() {}, onproblem });
      this.video.controls = true;
      this.video.hidden = false;
      this.cover.hidden = true;
      addEventListener("pagehide", () => session.close());
    } catch (error) {
      this.#opening = null;
      fill(this.error, sentence(error));
    }
  }
}
