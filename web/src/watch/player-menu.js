/**
 * A menu of the player: pages of choices (WAI-ARIA menu with menuitemradio). It must not know what is chosen.
 * Arrows move, Enter and Right go in, Left and Escape go back, focus returns to the button.
 */
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";

/** @typedef {{name: string, checked?: boolean, value?: string, className?: string, choose?: () => void, page?: () => MenuPage}} MenuItem */
/** @typedef {{title: string, items: MenuItem[]}} MenuPage */

export class PlayerMenu {
  /** @type {(() => MenuPage)[]} the way to the shown page */
  #way = [];
  #shown = "";

  /** @param {import("../shared/icons.js").IconName} picture @param {string} name @param {() => MenuPage} first */
  constructor(picture, name, first) {
    this.first = first;
    const properties = {
      type: "button",
      class: `control control-${picture}`,
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    };
    this.button = h("button", { ...properties, "aria-label": name, title: name }, icon(picture));
    this.panel = h("div", { class: "player-menu", role: "menu", "aria-label": name, hidden: true });
    this.element = h("div", { class: "menu-anchor" }, this.button, this.panel);
    this.button.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    this.panel.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", (event) => {
      if (this.isOpen && !this.element.contains(/** @type {Node} */ (event.target))) this.close();
    });
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  open() {
    this.#way = [this.first];
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.#draw();
    this.#focusChosen();
  }

  close() {
    const held = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (held) this.button.focus();
  }

  /** The same page with today's values; focus stays on what it names, though something came before it. */
  refresh() {
    if (!this.isOpen || shownOf(this.#page) === this.#shown) return; // a press on what is drawn anew meanwhile is lost
    const at = this.#items().indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const name = nameOf(this.#items()[at]);
    this.#draw();
    if (at < 0) return;
    const same = this.#items().findIndex((item) => nameOf(item) === name);
    this.#focus(same < 0 ? at : same);
  }

  get #page() {
    return (this.#way.at(-1) ?? this.first)();
  }

  #draw() {
    const page = this.#page;
    this.#shown = shownOf(page);
    const inside = this.#way.length > 1;
    const head = inside
      ? h(
          "button",
          { type: "button", class: "player-menu-head", role: "menuitem", tabindex: -1, onclick: () => this.#back() },
          icon("back"),
          page.title,
        )
      : h("p", { class: "player-menu-head", role: "presentation" }, page.title);
    if (inside) head.setAttribute("aria-label", `${texts.player.back}: ${page.title}`);
    fill(this.panel, head, ...page.items.map((item) => this.#item(item)));
  }

  /** @param {MenuItem} item */
  #item(item) {
    const radio = item.checked !== undefined;
    const properties = {
      type: "button",
      class: `player-menu-item ${item.className ?? ""}`.trim(),
      role: radio ? "menuitemradio" : "menuitem",
      "aria-checked": radio && String(item.checked),
      "aria-haspopup": item.page !== undefined && "menu",
      tabindex: -1,
      onclick: () => this.#chosen(item),
    };
    const tick = radio && h("span", { class: "tick" }, item.checked && icon("check"));
    const value = item.value !== undefined && h("span", { class: "value" }, item.value);
    return h(
      "button",
      properties,
      tick,
      h("span", { class: "name" }, item.name),
      value,
      item.page !== undefined && icon("next"),
    );
  }

  /** @param {MenuItem} item */
  #chosen(item) {
    if (item.page !== undefined) this.#enter(item.page);
    else {
      item.choose?.();
      this.close();
    }
  }

  /** @param {() => MenuPage} page */
  #enter(page) {
    this.#way.push(page);
    this.#draw();
    this.#focusChosen();
  }

  /** To the page before, at what led here. */
  #back() {
    if (this.#way.length < 2) return this.close();
    const { title } = this.#page;
    this.#way.pop();
    this.#draw();
    this.#focus(Math.max(0, this.#items().findIndex((item) => nameOf(item) === title)));
  }

  /** What holds now, else the first. */
  #focusChosen() {
    const checked = this.#items().findIndex((item) => item.getAttribute("aria-checked") === "true");
    this.#focus(Math.max(checked, 0));
  }

  #items() {
    return /** @type {HTMLElement[]} */ (
      [...this.panel.querySelectorAll("button")].filter((item) => item.offsetParent !== null)
    );
  }

  /** @param {number} at */
  #focus(at) {
    const items = this.#items();
    items[(at + items.length) % items.length]?.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const items = this.#items();
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowDown: () => this.#focus(at + 1),
      ArrowUp: () => this.#focus(at - 1),
      Home: () => this.#focus(0),
      End: () => this.#focus(items.length - 1),
      ArrowRight: () => items[at]?.getAttribute("aria-haspopup") === "menu" && items[at].click(),
      ArrowLeft: () => this.#way.length > 1 && this.#back(),
      Escape: () => this.#back(),
      Tab: () => this.close(),
    };
    const move = moves[event.key];
    if (move === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.stopPropagation(); // these keys mean something else to the player
    if (move === undefined) return;
    if (event.key !== "Tab") event.preventDefault();
    move();
  }
}

/** What is to be seen of a page. @param {MenuPage} page */
function shownOf({ title, items }) {
  return JSON.stringify([title, items.map(({ name, value, checked }) => [name, value, checked])]);
}

/** @param {HTMLElement | undefined} item */
function nameOf(item) {
  return item?.querySelector(".name")?.textContent ?? "";
}
