/** What stands before a share link's film: a question for its password, or for a press where opening counts. It must not know players. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";

/** @typedef {{id: string, ends_at: string, views_left: number | null, has_password: boolean}} SharePage */

const words = texts.shared;

export class Door {
  /** @param {SharePage} share @param {(password: string | null) => void} onopen */
  constructor(share, onopen) {
    this.field = h("input", {
      class: "input",
      type: "password",
      autocomplete: "off",
      required: true,
      maxlength: 200,
      "aria-label": words.password,
      placeholder: words.password,
      "aria-describedby": "door-error",
    });
    this.error = h("p", { class: "field-error", id: "door-error", role: "alert" });
    this.button = h("button", { type: "submit", class: "button button-main" }, icon("play"), words.open);
    const ask = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      this.button.disabled = true;
      onopen(share.has_password ? this.field.value : null);
    };
    const row = share.has_password ? h("div", { class: "field-row" }, this.field, this.button) : this.button;
    this.element = h(
      "section",
      { class: "state door" },
      h("span", { class: "state-picture" }, icon(share.has_password ? "lock" : "film")),
      h("h1", {}, share.has_password ? words.locked : words.ready),
      h("p", {}, share.has_password ? words.lockedText : words.readyText),
      share.views_left !== null && h("p", {}, words.left(share.views_left)),
      h("form", { class: "door-form", onsubmit: ask }, row, this.error),
    );
  }

  /** @param {HTMLElement} body */
  show(body) {
    fill(body, this.element);
    this.field.focus();
  }

  /** The password was not accepted. @param {string} sentence */
  refuse(sentence) {
    this.button.disabled = false;
    this.error.textContent = sentence;
    this.field.setAttribute("aria-invalid", "true");
    this.field.select();
  }
}
