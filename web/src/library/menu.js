/** The small menu of a card (WAI-ARIA menu button: arrows move, Escape closes, focus comes back). It must not know the actions. */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

/** @typedef {{picture: import("../shared/icons.js").IconName, name: string, run: () => void, danger?: boolean}} Action */

export class CardMenu {
  /** @param {() => unknown[]} actions asked at each opening */
  constructor(actions) {
    this.actions = actions;
    this.button = h("button", {
      type: "button",
      class: "icon-button",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    });
    this.button.append(icon("more"));
    this.list = h("div", { class: "menu", role: "menu", popover: "auto" });
    this.element = h("div", { class: "card-menu" }, this.button, this.list);
    this.button.addEventListener("click", () => this.#open());
    this.list.addEventListener("toggle", () => this.#toggled());
    this.list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {string} name */
  name(name) {
    this.button.setAttribute("aria-label", name);
    this.list.setAttribute("aria-label", name);
  }

  #open() {
    fill(this.list, .../** @type {Action[]} */ (this.actions()).map((action) => this.#item(action)));
    this.list.showPopover();
    this.#place();
    /** @type {HTMLElement | null} */ (this.list.firstElementChild)?.focus({ preventScroll: true });
  }

  /** In the top layer nothing is beside its button by itself; CSSOM is what the policy allows. */
  #place() {
    const at = this.button.getBoundingClientRect();
    const { width, height } = this.list.getBoundingClientRect();
    const below = at.bottom + height + 8 < innerHeight;
    this.list.style.setProperty("left", `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`);
    this.list.style.setProperty("top", `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`);
  }

  /** @param {Action} action */
  #item(action) {
    const properties = {
      type: "button",
      class: `menu-item${action.danger ? " menu-danger" : ""}`,
      role: "menuitem",
      tabindex: -1,
    };
    const run = () => {
      this.list.hidePopover();
      action.run();
    };
    return h("button", { ...properties, onclick: run }, icon(action.picture), action.name);
  }

  #toggled() {
    const open = this.list.matches(":popover-open");
    this.button.setAttribute("aria-expanded", String(open));
    if (open) addEventListener("scroll", this.#follow, { passive: true });
    else removeEventListener("scroll", this.#follow);
  }

  #close = () => this.list.hidePopover();

  /** A page that still moves when the menu opens must not close it: it goes along while its button can be seen. */
  #follow = () => {
    const { top, bottom } = this.button.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) this.#close();
    else this.#place();
  };

  /** @param {KeyboardEvent} event */
  #key(event) {
    const items = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Tab") this.#close();
    if (target === undefined) return;
    event.preventDefault();
    items[(target + items.length) % items.length]?.focus();
  }
}
