/** A part of an asset's page: a heading, what it holds, and a place for what went wrong. It must not know what it is of. */
import { sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";

export class Panel {
  /** @param {string} id @param {string} title */
  constructor(id, title) {
    this.body = h("div", { class: "panel-body" });
    this.error = h("p", { class: "field-error", role: "alert" });
    const heading = h("h2", { id: `${id}-title` }, title);
    this.element = h("section", { class: "panel", id, "aria-labelledby": `${id}-title` }, heading, this.body, this.error);
  }

  /** Does it; what goes wrong is said on the page. @param {() => unknown} deed @returns {Promise<boolean>} */
  async attempt(deed) {
    fill(this.error);
    try {
      await deed();
      return true;
    } catch (error) {
      fill(this.error, sentence(error));
      return false;
    }
  }
}
