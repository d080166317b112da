/** Small pictures over the seek bar, from a WebVTT file whose cues name `sheet.jpg#xywh=x,y,w,h`. It must not know the bar. */
import { h } from "../shared/dom.js";
import { parseCues } from "./cues.js";

/** @typedef {{start: number, end: number, sheet: string, x: number, y: number, width: number, height: number}} Tile */

const TILE = /^(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/;

export class Storyboard {
  /** @type {Tile[] | null} null until somebody points at the bar */
  #tiles = null;
  #seconds = 0;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    this.element = h("div", { class: "seek-picture", hidden: true });
  }

  /** @param {number} seconds */
  show(seconds) {
    this.#seconds = seconds;
    if (this.#tiles === null) this.#load();
    const tiles = this.#tiles ?? [];
    // The last is shown to the very end, which a rounded length may put after it.
    const tile = tiles.find(({ start, end }) => start <= seconds && seconds < end) ?? tiles.at(-1);
    this.element.hidden = tile === undefined;
    if (tile === undefined) return;
    const { style } = this.element;
    style.setProperty("background-image", `url("${this.session.address(tile.sheet)}")`);
    style.setProperty("background-position", `-${tile.x}px -${tile.y}px`);
    style.setProperty("width", `${tile.width}px`);
    style.setProperty("height", `${tile.height}px`);
  }

  async #load() {
    this.#tiles = [];
    const { storyboard_url: address } = this.session.playback;
    if (!address) return;
    try {
      const answer = await fetch(this.session.address(address), { credentials: "omit" });
      if (answer.ok) this.#tiles = parseStoryboard(await answer.text(), address);
      if (this.#tiles.length > 0) this.show(this.#seconds); // where the pointer has been resting meanwhile
    } catch {
      this.#tiles = null; // a preview is a nicety; the time alone does, and the next look tries again
    }
  }
}

/** @param {string} text WebVTT @param {string} base what its addresses are relative to @returns {Tile[]} */
export function parseStoryboard(text, base) {
  return parseCues(text).flatMap(({ start, end, text: named }) => {
    const found = named.match(TILE);
    if (found === null) return [];
    const [x, y, width, height] = found.slice(2).map(Number);
    return [{ start, end, sheet: new URL(found[1], base).href, x, y, width, height }];
  });
}
