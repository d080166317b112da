/** A film's chapters: where each begins, which one is now. It must not know bars or menus. */
import { parseCues } from "./cues.js";

/** @typedef {import("./cues.js").Cue} Chapter `text` is its title */

export class Chapters {
  /** @type {Chapter[]} */
  list = [];

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
  }

  /** Asks for them; without an answer the film simply has none. @param {() => void} onloaded */
  async load(onloaded) {
    const { chapters_url: address } = this.session.playback;
    if (!address) return;
    try {
      const answer = await fetch(this.session.address(address), { credentials: "omit" });
      if (!answer.ok) return;
      this.list = parseCues(await answer.text());
      onloaded();
    } catch {
      // nothing the film needs
    }
  }

  /** The index of the chapter at this moment, -1 before the first. @param {number} seconds */
  at(seconds) {
    return this.list.findLastIndex(({ start }) => start <= seconds + 0.05);
  }

  /** @param {number} seconds */
  titleAt(seconds) {
    return this.list[this.at(seconds)]?.text ?? "";
  }
}
