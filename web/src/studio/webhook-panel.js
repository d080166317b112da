/** One endpoint: what it is told of, and what can be done with it. It must not know the others. */
import { call } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { dateTime } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { notice, openDialog } from "../shared/page.js";
import { texts } from "../texts.js";
import { Panel } from "./panel.js";
import { DeliveryLog } from "./webhook-log.js";
import { endpointDialog, rotateDialog, secretDialog } from "./webhook-dialogs.js";

/** @typedef {import("./webhooks.js").Webhook} Webhook */

const words = texts.webhooks;

export class WebhookPanel extends Panel {
  /** @param {Webhook} webhook @param {() => void} onchange */
  constructor(webhook, onchange) {
    super(webhook.id, webhook.description || new URL(webhook.url).host);
    this.webhook = webhook;
    this.onchange = onchange;
    this.path = `/v1/webhooks/${webhook.id}`;
    this.log = new DeliveryLog(webhook.id);
    fill(this.body, this.#facts(), this.#tools(), this.log.element);
  }

  #facts() {
    const { url, events, enabled, previous_secret_valid_until: until } = this.webhook;
    const names = new Map(words.events.map(([name, says]) => [name, says]));
    const badge = h("span", { class: `badge ${enabled ? "badge-ready" : ""}` }, enabled ? words.on : words.off);
    const told = events.length === 0 ? words.everything : events.map((name) => names.get(name) ?? name).join(" · ");
    const row = (/** @type {string} */ name, /** @type {import("../shared/dom.js").Child} */ value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
    const old = until !== null && Date.parse(until) > Date.now();
    return h("dl", { class: "facts" }, row(words.url, h("code", {}, url)), row(words.told, told), row(words.state, badge), old && row(words.secret, words.twoSecrets(dateTime(until))));
  }

  #tools() {
    const { enabled, description, url } = this.webhook;
    const name = description || url;
    const tool = (/** @type {import("../shared/icons.js").IconName} */ picture, /** @type {string} */ says, /** @type {() => void} */ onclick, more = "") =>
      h("button", { type: "button", class: `button button-small ${more}`.trim(), "aria-label": `${says}: ${name}`, onclick }, icon(picture), says);
    return h(
      "div",
      { class: "form-actions" },
      enabled && tool("play", words.test, () => this.#test()),
      tool("pencil", words.edit, () => endpointDialog(words.edit, this.webhook, (wish) => this.#patch(wish, words.saved))),
      tool("key", words.rotate, () => rotateDialog((seconds) => this.#rotate(seconds))),
      enabled
        ? tool("pause", words.turnOff, () => this.attempt(() => this.#patch({ enabled: false }, words.turnedOff)))
        : tool("play", words.turnOn, () => this.attempt(() => this.#patch({ enabled: true }, words.turnedOn))),
      tool("trash", words.remove, () => this.#removing(), "button-quiet-danger"),
    );
  }

  async #test() {
    await this.attempt(async () => {
      await call(`${this.path}/test`, { method: "POST" });
      notice(words.tested);
      this.log.open();
    });
  }

  /** @param {Record<string, unknown>} body @param {string} said */
  async #patch(body, said) {
    await call(this.path, { method: "PATCH", body });
    notice(said);
    this.onchange();
  }

  /** @param {number} seconds */
  async #rotate(seconds) {
    const { body } = await call(`${this.path}/rotate`, { method: "POST", body: { keep_seconds: seconds } });
    this.onchange();
    secretDialog(/** @type {{secret: string}} */ (body).secret, words.rotatedLead);
  }

  #removing() {
    const cancel = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, texts.common.cancel);
    const remove = () => {
      dialog.close();
      this.attempt(async () => {
        await call(this.path, { method: "DELETE" });
        notice(words.removed);
        this.onchange();
      });
    };
    const confirm = h("button", { type: "button", class: "button button-danger", onclick: remove }, words.removeIt);
    const dialog = openDialog(words.removeTitle, [h("p", {}, words.removeLead), h("p", {}, h("code", {}, this.webhook.url)), h("div", { class: "dialog-actions" }, cancel, confirm)]);
    cancel.focus();
  }
}
