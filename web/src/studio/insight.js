/** Insight in the studio: the page of all titles together, and the panel of one. It must not know how it is drawn. */
import { Problem } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { InsightView } from "../insight/view.js";
import { Retention } from "../insight/retention.js";
import { texts } from "../texts.js";
import { Panel } from "./panel.js";

const words = texts.insight;

/** @returns {Promise<import("./main.js").View>} */
export async function insightView() {
  const view = new InsightView(null);
  await view.load();
  const elements = [h("h1", {}, words.title), h("p", { class: "muted studio-lead" }, words.lead), h("section", { class: "panel", "aria-label": words.title }, view.element)];
  return { title: words.title, elements };
}

/** Of one asset; the curve of who stayed lies under the film, as `retention`. */
export class InsightSection extends Panel {
  #asked = false;
  /** @type {number | null} */
  #seconds = null;

  /** @param {import("../insight/retention.js").Film} film @param {string} asset */
  constructor(film, asset) {
    super("insight", words.title);
    this.element.hidden = true; // until there is a film to watch, and the server says that we may read it
    this.retention = new Retention(film);
    this.view = new InsightView(asset, (report) => this.retention.show(report, this.#seconds));
    fill(this.body, this.view.element);
  }

  /** @param {import("../shared/api.js").Asset} asset */
  update(asset) {
    this.#seconds = asset.duration_seconds;
    if (this.#asked || asset.version === null) return;
    this.#asked = true;
    this.#load();
  }

  async #load() {
    try {
      await this.view.load();
    } catch (error) {
      if (error instanceof Problem && error.status === 403) return;
      this.attempt(() => Promise.reject(error));
    }
    this.element.hidden = false;
  }
}
