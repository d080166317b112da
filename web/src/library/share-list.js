/** Share links in a list, each to be copied and taken back, with a form that makes one more. It must not know what kind they are. */
import { sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { dateTime } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { iconButton } from "../shared/page.js";
import { texts } from "../texts.js";
import { isOver, listShares, makeShare, revokeShare } from "./share-api.js";
import { copyButton, readOnly } from "./share-parts.js";

/** @typedef {import("./share-api.js").Share} Share */

/**
 * @typedef {object} Kind
 * @property {(share: Share) => boolean} holds which of the asset's links are listed
 * @property {(share: Share) => string} name
 * @property {(share: Share) => string} text what is copied
 * @property {string} field the name of the field it stands in
 * @property {string} copy
 * @property {string} none
 * @property {string} make
 * @property {HTMLElement[]} controls of the form
 * @property {() => Record<string, unknown>} wish what the form asks for
 */

const words = texts.share;

export class ShareList {
  /** @param {string} asset @param {Kind} kind */
  constructor(asset, kind) {
    this.asset = asset;
    this.kind = kind;
    this.list = h("ul", { class: "share-list" });
    this.error = h("p", { class: "field-error", role: "alert" });
    this.button = h("button", { type: "submit", class: "button button-main" }, icon("link"), kind.make);
    const onsubmit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      this.#make(/** @type {HTMLFormElement} */ (event.target));
    };
    const actions = h("div", { class: "share-make" }, this.button);
    this.form = h("form", { class: "share-form", onsubmit }, ...kind.controls, actions, this.error);
    this.element = h("div", { "aria-live": "polite" }, this.form, this.list);
    this.refresh();
  }

  async refresh() {
    await this.#try(async () => {
      const shares = (await listShares(this.asset)).filter(this.kind.holds);
      const rows = shares.map((share) => this.#row(share));
      fill(this.list, ...(rows.length > 0 ? rows : [h("li", { class: "muted" }, this.kind.none)]));
    });
  }

  /** @param {HTMLFormElement} form */
  async #make(form) {
    this.button.disabled = true;
    await this.#try(async () => {
      await makeShare(this.asset, this.kind.wish());
      form.reset();
      await this.refresh();
    });
    this.button.disabled = false;
  }

  /** @param {Share} share */
  #row(share) {
    const name = this.kind.name(share);
    const field = readOnly(this.kind.field, this.kind.text(share));
    const facts = [
      isOver(share) ? words.over : words.ends(dateTime(share.ends_at)),
      words.seen(share.views, share.view_limit),
      share.has_password ? words.locked : "",
    ];
    const revoke = () =>
      this.#try(async () => {
        await revokeShare(share.id);
        await this.refresh();
      });
    const taking = iconButton("trash", words.revokeOf(name), revoke, "share-taking");
    return h(
      "li",
      { class: "share-row", "data-over": isOver(share) },
      h("div", { class: "share-head" }, h("strong", {}, name), taking),
      h("p", { class: "share-facts muted" }, facts.filter((fact) => fact !== "").join(" · ")),
      h("div", { class: "field-row" }, field, copyButton(field, this.kind.copy, "")),
    );
  }

  /** @param {() => Promise<void>} act */
  async #try(act) {
    this.error.textContent = "";
    try {
      await act();
    } catch (error) {
      this.error.textContent = sentence(error);
    }
  }
}
