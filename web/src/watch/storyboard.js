/** Small pictures over the seek bar, from a WebVTT file whose cues name `sheet.jpg#xywh=x,y,w,h`. It must not know the bar. */
import { h } from "../shared/dom.js";

/** @typedef {{start: number, end: number, sheet: string, x: number, y: number, width: number, height: number}} Tile */

const CUE = /((?:\d+:)?\d+:\d+\.\d+)\s+-->\s+((?:\d+:)?\d+:\d+\.\d+).*\n(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)/g;

export class Storyboard {
  /** @type {Tile[] | null} null until somebody points at the bar */
  #tiles = null;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    this.element = h("div", { class: "seek-picture", hidden: true });
  }

  /** @param {number} seconds */
  show(seconds) {
    if (this.#tiles === null) this.#load();
    const tile = this.#tiles?.find(({ start, end }) => start <= seconds && seconds < end);
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
      const answer = await fetch(address);
      if (answer.ok) this.#tiles = parseStoryboard(await answer.text(), address);
    } catch {
      // a preview is a nicety; the time alone does
    }
  }
}

/** @param {string} text WebVTT @param {string} base what its addresses are relative to @returns {Tile[]} */
export function parseStoryboard(text, base) {
  return [...text.replaceAll("\r\n", "\n").matchAll(CUE)].map(([, start, end, sheet, x, y, width, height]) => ({
    start: secondsOf(start),
    end: secondsOf(end),
    sheet: new URL(sheet, base).href,
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

/** @param {string} stamp `[h:]m:s.ms` */
function secondsOf(stamp) {
  return stamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
