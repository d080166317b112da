/** Who is told of what happens: the endpoints of this server. It must not know one endpoint's panel. */
import { call, sentence } from "../shared/api.js";
import { fill, h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";
import { endpointDialog, secretDialog } from "./webhook-dialogs.js";
import { WebhookPanel } from "./webhook-panel.js";

/**
 * @typedef {object} Webhook
 * @property {string} id
 * @property {string} url
 * @property {string[]} events none: all
 * @property {string} description
 * @property {boolean} enabled
 * @property {string | null} previous_secret_valid_until
 * @property {string} created_at
 */

const words = texts.webhooks;

/** @returns {Promise<import("./main.js").View>} */
export async function webhooksView() {
  const page = new WebhooksPage();
  page.draw(await listed());
  return { title: words.title, elements: page.elements };
}

class WebhooksPage {
  constructor() {
    this.list = h("div", { class: "webhooks" });
    this.error = h("p", { class: "field-error", role: "alert" });
  }

  get elements() {
    const add = h("button", { type: "button", class: "button button-main", onclick: () => this.#add() }, icon("plus"), words.add);
    const head = h("div", { class: "studio-head" }, h("h1", {}, words.title), add);
    return [head, h("p", { class: "muted studio-lead" }, words.lead), this.error, this.list];
  }

  /** @param {Webhook[]} webhooks */
  draw(webhooks) {
    const panels = webhooks.map((webhook) => new WebhookPanel(webhook, () => this.#refresh()).element);
    fill(this.list, ...(panels.length > 0 ? panels : [h("p", { class: "panel muted" }, words.none)]));
  }

  #add() {
    endpointDialog(words.add, null, async (wish) => {
      const made = /** @type {{body: {secret: string}}} */ (await call("/v1/webhooks", { method: "POST", body: wish }));
      await this.#refresh();
      secretDialog(made.body.secret, words.secretLead);
    });
  }

  async #refresh() {
    try {
      fill(this.error);
      this.draw(await listed());
    } catch (error) {
      fill(this.error, sentence(error));
    }
  }
}

/** @returns {Promise<Webhook[]>} */
async function listed() {
  return /** @type {{body: {items: Webhook[]}}} */ (await call("/v1/webhooks")).body.items;
}
