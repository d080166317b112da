/** What an endpoint was told and is being told, each try of it, and telling it again. It must not know the endpoint. */
import { call, sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { dateTime, relative, startUp } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { notice } from "../shared/page.js";
import { texts } from "../texts.js";

/** @typedef {{at: string, duration_ms: number, status: number | null, problem: string | null}} Attempt */
/** @typedef {{id: string, event_id: string, event_type: string, event_at: string, state: "waiting" | "delivered" | "dead", tries: number, next_at: string | null, attempts: Attempt[]}} Delivery */

const POLL_MS = 2000;
const words = texts.webhooks.log;

export class DeliveryLog {
  /** @type {Delivery[]} */
  #deliveries = [];
  /** @type {string | null} */
  #cursor = null;
  #asked = 0;

  /** @param {string} webhook */
  constructor(webhook) {
    this.path = `/v1/webhooks/${webhook}`;
    this.state = h("select", { class: "input select", "aria-label": words.state, onchange: () => this.#reload() });
    fill(this.state, ...words.states.map(([value, name]) => h("option", { value }, name)));
    this.error = h("p", { class: "field-error", role: "alert" });
    this.list = h("ul", { class: "deliveries", "aria-label": words.title });
    this.more = h("button", { type: "button", class: "button button-small", hidden: true, onclick: () => this.#load() }, texts.library.more);
    const again = h("button", { type: "button", class: "button button-small", onclick: () => this.#reload() }, icon("retry"), words.refresh);
    const body = h("div", { class: "log-body" }, h("div", { class: "log-tools" }, this.state, again), this.error, this.list, this.more, this.#range());
    this.element = h("details", { class: "log", ontoggle: () => this.element.open && this.#reload() }, h("summary", {}, words.title), body);
  }

  /** Shows it, as it is now. */
  open() {
    if (this.element.open) this.#reload();
    else this.element.open = true; // which loads it
  }

  async #reload() {
    this.#cursor = null;
    await this.#load([]);
  }

  /** @param {Delivery[]} [before] */
  async #load(before = this.#deliveries) {
    const asked = ++this.#asked;
    const query = new URLSearchParams({ limit: "25" });
    if (this.state.value !== "") query.set("state", this.state.value);
    if (this.#cursor !== null) query.set("cursor", this.#cursor);
    try {
      const { body } = /** @type {{body: {items: Delivery[], next_cursor: string | null}}} */ (await call(`${this.path}/deliveries?${query}`));
      if (asked !== this.#asked) return;
      fill(this.error);
      this.#deliveries = [...before, ...body.items];
      this.#cursor = body.next_cursor;
      this.#draw();
      // A first try is under way: its end is worth waiting for.
      if (before.length === 0 && body.items.some(({ state, tries }) => state === "waiting" && tries === 0)) setTimeout(() => this.element.open && asked === this.#asked && this.#reload(), POLL_MS);
    } catch (error) {
      if (asked === this.#asked) fill(this.error, sentence(error));
    }
  }

  #draw() {
    this.more.hidden = this.#cursor === null;
    const rows = this.#deliveries.map((delivery) => this.#row(delivery));
    fill(this.list, ...(rows.length > 0 ? rows : [h("li", { class: "muted" }, words.none)]));
  }

  /** @param {Delivery} delivery */
  #row(delivery) {
    const { event_id: event, event_type: type, event_at: at, state, tries, next_at: next, attempts } = delivery;
    const badge = h("span", { class: `badge ${{ waiting: "", delivered: "badge-ready", dead: "badge-failed" }[state]}` }, words.stateNames[state]);
    const facts = [dateTime(at), words.tries(tries), next !== null && tries > 0 && words.next(relative(next))].filter(Boolean).join(" · ");
    const again = { type: "button", class: "button button-small", "aria-label": words.againOf(type, dateTime(at)), onclick: () => this.#again({ event_id: event }) };
    const each = [...attempts].reverse().map((attempt) => h("li", {}, `${dateTime(attempt.at)}: ${resultOf(attempt)}, ${startUp(attempt.duration_ms)}`));
    return h(
      "li",
      { class: "delivery" },
      h("div", { class: "delivery-head" }, h("code", {}, type), badge, h("button", again, icon("retry"), words.again)),
      h("p", { class: "row-facts" }, facts, " · ", h("span", { class: "delivery-id" }, event)),
      each.length > 0 && h("ul", { class: "attempts", "aria-label": words.attempts }, ...each),
    );
  }

  #range() {
    const since = h("input", { class: "input", type: "datetime-local", required: true, step: 1 });
    const until = h("input", { class: "input", type: "datetime-local", step: 1 });
    const dead = h("input", { type: "checkbox", class: "check" });
    const send = h("button", { type: "submit", class: "button button-small" }, icon("retry"), words.sendRange);
    const submit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const range = { since: new Date(since.value).toISOString(), only_dead: dead.checked };
      this.#again(until.value === "" ? range : { ...range, until: new Date(until.value).toISOString() });
    };
    const field = (/** @type {string} */ name, /** @type {HTMLElement} */ control) => h("label", { class: "share-labelled" }, h("span", {}, name), control);
    return h("form", { class: "log-range", onsubmit: submit }, h("h3", {}, words.range), h("div", { class: "log-fields" }, field(words.since, since), field(words.until, until)), h("label", { class: "choice" }, dead, words.onlyDead), send);
  }

  /** @param {Record<string, unknown>} wish one event or a time, of which the server takes a stretch at once */
  async #again(wish) {
    try {
      let [count, cursor] = [0, /** @type {string | null} */ (null)];
      do {
        const body = cursor === null ? wish : { ...wish, cursor };
        const answer = /** @type {{body: {count: number, next_cursor: string | null}}} */ (await call(`${this.path}/replay`, { method: "POST", body }));
        count += answer.body.count;
        cursor = answer.body.next_cursor;
      } while (cursor !== null);
      notice(words.replayed(count));
      await this.#reload();
    } catch (error) {
      fill(this.error, sentence(error));
    }
  }
}

/** @param {Attempt} attempt */
function resultOf({ status, problem }) {
  if (status !== null) return words.answered(status);
  return words.problems[problem ?? ""] ?? problem ?? "";
}
