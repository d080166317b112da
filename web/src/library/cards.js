/** The cards of the library. A card is updated in place, so that focus and an open menu survive a poll. It must not know lists. */
import { create, sentence } from "../shared/api.js";
import { badges } from "../shared/badges.js";
import { may } from "../shared/credential.js";
import { fill, h, setAttribute } from "../shared/dom.js";
import { clock, progressText, relative } from "../shared/format.js";
import { icon } from "../shared/icons.js";
import { notice } from "../shared/page.js";
import { texts } from "../texts.js";
import { CardMenu } from "./menu.js";
import { removeDialog } from "../shared/remove.js";
import { renameDialog } from "./rename.js";
import { shareDialog } from "./share.js";

/** @typedef {import("../shared/api.js").Asset} Asset */

const words = texts.library;

/** Whether its state may change without anyone here doing anything. @param {Asset} asset */
export function isMoving(asset) {
  return asset.status === "uploading" || isIngesting(asset);
}

/** Whether it is being processed, waits for that, or is paused. @param {Asset} asset */
function isIngesting(asset) {
  return ["queued", "processing", "playable"].includes(asset.status);
}

/** @param {Asset} asset */
function isPlayable(asset) {
  return asset.status === "playable" || asset.status === "ready";
}

export class CardGrid {
  /** @type {Asset[]} */
  assets = [];
  /** @type {Map<string, Card>} */
  #cards = new Map();

  /** @param {() => void} onchange something was changed here: the list wants a fresh look */
  constructor(onchange) {
    this.onchange = onchange;
    this.element = h("ul", { class: "grid" });
  }

  /** Shows exactly these, in this order. @param {Asset[]} assets */
  update(assets) {
    this.assets = assets;
    const shown = new Set(assets.map((asset) => asset.id));
    for (const [id, card] of this.#cards) if (!shown.has(id)) this.#drop(id, card);
    for (const [at, asset] of assets.entries()) this.#put(asset, at);
  }

  /** @param {Asset} asset @param {number} at */
  #put(asset, at) {
    const card = this.#cards.get(asset.id) ?? new Card(this.onchange);
    this.#cards.set(asset.id, card);
    card.update(asset);
    const there = this.element.children[at];
    if (there !== card.element) this.element.insertBefore(card.element, there ?? null);
  }

  /** @param {string} id @param {Card} card */
  #drop(id, card) {
    card.element.remove();
    this.#cards.delete(id);
  }
}

class Card {
  /** @type {Asset | null} */
  #asset = null;

  /** @param {() => void} onchange */
  constructor(onchange) {
    this.onchange = onchange;
    this.thumb = h("a", { class: "thumb" });
    this.title = h("h2", { class: "card-title" });
    this.meta = h("p", { class: "card-meta" });
    this.foot = h("div", { class: "card-foot" });
    this.menu = new CardMenu(() => this.#actions());
    this.menu.element.hidden = !may("assets:write"); // the card itself plays
    const line = h("div", { class: "card-line" }, this.title, this.menu.element);
    this.element = h("li", { class: "card" }, this.thumb, h("div", { class: "card-body" }, line, this.meta, this.foot));
  }

  /** @param {Asset} asset */
  update(asset) {
    const before = this.#asset;
    this.#asset = asset;
    if (before !== null && JSON.stringify(before) === JSON.stringify(asset)) return;
    this.title.textContent = asset.title;
    this.title.title = asset.title;
    this.menu.name(words.actions(asset.title));
    if (before === null || thumbChanged(before, asset)) this.#drawThumb(asset);
    fill(this.meta, ...metaOf(asset));
    this.#drawFoot(asset);
  }

  /** @param {Asset} asset */
  #drawThumb(asset) {
    const playable = isPlayable(asset);
    setAttribute(this.thumb, "href", playable && `/watch/${asset.id}`);
    setAttribute(this.thumb, "aria-label", playable && words.watch(asset.title, clock(asset.duration_seconds)));
    const picture = asset.poster_url ? posterImage(asset.poster_url) : icon(asset.kind === "audio" ? "audio" : "film");
    const time = asset.duration_seconds !== null && h("span", { class: "thumb-time" }, clock(asset.duration_seconds));
    fill(this.thumb, picture, playable && h("span", { class: "thumb-play" }, icon("play")), time);
    this.thumb.dataset.kind = asset.kind;
  }

  /** @param {Asset} asset */
  #drawFoot(asset) {
    if (asset.status === "failed") fill(this.foot, ...this.#failure(asset));
    else if (asset.waiting) fill(this.foot, ...held(asset.waiting.message));
    else if (isMoving(asset)) fill(this.foot, progressBar(asset));
    else fill(this.foot);
  }

  /** @param {Asset} asset @returns {import("../shared/dom.js").Child[]} */
  #failure(asset) {
    const again = h(
      "button",
      { type: "button", class: "button button-small", onclick: () => this.#ingest() },
      icon("retry"),
    );
    again.append(texts.common.retry);
    return [h("p", { class: "card-error" }, asset.error?.message ?? words.failedNoReason), may("assets:write") && again];
  }

  #actions() {
    const asset = this.#asset;
    if (asset === null) return [];
    const playable = isPlayable(asset);
    const settled = asset.status === "ready" || asset.status === "failed";
    return [
      playable && { picture: "play", name: texts.player.play, run: () => location.assign(`/watch/${asset.id}`) },
      playable && { picture: "link", name: words.share, run: () => shareDialog(asset) },
      { picture: "pencil", name: words.rename, run: () => renameDialog(asset, this.onchange) },
      settled && { picture: "retry", name: words.ingest, run: () => this.#ingest() },
      ...(isIngesting(asset) ? this.#ingestActions(asset) : []),
      { picture: "trash", name: words.remove, run: () => removeDialog([asset], this.onchange), danger: true },
    ].filter((action) => action !== false);
  }

  /** @param {Asset} asset */
  #ingestActions(asset) {
    if (asset.waiting) {
      const approve = () => this.#ingest("/approve", words.approved);
      const cancel = () => this.#ingest("/cancel", words.cancelled);
      return [
        ...(may("spending:approve") ? [{ picture: /** @type {const} */ ("play"), name: words.approve, run: approve }] : []),
        { picture: /** @type {const} */ ("ban"), name: words.cancel, run: cancel, danger: true },
      ];
    }
    return [
      asset.paused
        ? { picture: "play", name: words.resume, run: () => this.#ingest("/resume", words.resumed) }
        : { picture: "pause", name: words.pause, run: () => this.#ingest("/pause", words.pausing) },
      { picture: "ban", name: words.cancel, run: () => this.#ingest("/cancel", words.cancelled), danger: true },
    ];
  }

  /** Begins an ingest again, or changes the one under way. @param {string} [change] @param {string} [done] */
  async #ingest(change = "", done = words.ingestStarted) {
    if (this.#asset === null) return;
    try {
      await create(`/v1/assets/${this.#asset.id}/ingest${change}`, {});
      notice(done);
    } catch (error) {
      notice(sentence(error));
    }
    this.onchange();
  }
}

/** The poster's link changes every half hour; only a picture that appears, or a new length or title, is worth drawing again. */
/** @param {Asset} before @param {Asset} now */
function thumbChanged(before, now) {
  const shown = (/** @type {Asset} */ asset) => [
    asset.title,
    isPlayable(asset),
    asset.duration_seconds,
    !asset.poster_url,
  ];
  return String(shown(before)) !== String(shown(now));
}

/** @param {string} address */
function posterImage(address) {
  const image = h("img", { src: address, alt: "", loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(icon("film")));
  return image;
}

/** @param {Asset} asset */
function metaOf(asset) {
  const lines =
    asset.kind === "video" &&
    asset.width !== null &&
    asset.height !== null &&
    `${Math.min(asset.width, asset.height)}p`;
  const kind = asset.kind === "audio" && texts.watch.audio;
  const added = h("time", { datetime: asset.created_at }, relative(asset.created_at));
  return [...badges(asset), lines && h("span", {}, lines), kind && h("span", {}, kind), added];
}

/** Why it waits for somebody, and for whom. @param {string} reason */
function held(reason) {
  return [h("p", { class: "card-held" }, reason), !may("spending:approve") && h("p", { class: "card-held" }, words.approvers)];
}

/** @param {Asset} asset */
function progressBar(asset) {
  const known = asset.status === "processing" || asset.status === "playable" || asset.progress > 0;
  const bar = h("progress", { max: 100, "aria-label": words.progress(asset.title) });
  if (known) bar.value = asset.progress;
  const left = !asset.seconds_left ? "" : ` · ${words.left(clock(asset.seconds_left))}`;
  return h("div", { class: "progress-line" }, bar, known && h("span", {}, `${progressText(asset.progress)}${left}`));
}
