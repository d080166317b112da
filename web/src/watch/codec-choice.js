/**
 * Which of a film's codecs plays, chosen by hand. It must not know menus.
 *
 * hls.js begins with the codec it thinks best, and choosing by itself it never leaves that codec: the one of the segment
 * it loaded last. So a level of the other codec is asked for by hand, and once a segment of it is there, hls.js may
 * choose by itself again, among that codec's.
 */
import Hls from "hls.js";
import { codecName } from "../shared/format.js";

export class CodecChoice {
  /** The level that is waited for; -1 when none is. */
  #awaited = -1;

  /** @param {Hls} hls */
  constructor(hls) {
    this.hls = hls;
    hls.on(Hls.Events.FRAG_BUFFERED, (_, { frag }) => this.#came(frag));
  }

  /** The names of the codecs there are, in the order of the levels. */
  get names() {
    return [...new Set(this.hls.levels.map(({ videoCodec }) => codecName(videoCodec)))];
  }

  /** The one that plays, or is on its way. */
  get now() {
    const { levels, loadLevel } = this.hls;
    return codecName(levels[Math.max(0, loadLevel)]?.videoCodec);
  }

  /** Whether hls.js chooses by itself, or will once the codec has changed. */
  get isAuto() {
    return this.hls.autoLevelEnabled || this.#awaited >= 0;
  }

  /** A quality was chosen by hand: nothing is waited for. */
  forget() {
    this.#awaited = -1;
  }

  /** Goes on in that codec, at the size that plays or the next smaller one. @param {string} name */
  choose(name) {
    const { levels, loadLevel } = this.hls;
    if (name === this.now) return;
    const height = levels[Math.max(0, loadLevel)]?.height ?? 0;
    const others = levels.flatMap((level, index) => (codecName(level.videoCodec) === name ? [{ index, height: level.height }] : []));
    const level = others.findLast((other) => other.height <= height) ?? others[0];
    if (level === undefined) return;
    const auto = this.isAuto;
    // At once, though the picture halts for a moment: `nextLevel`, asked a second time within a segment, leaves all that is
    // loaded in the codec before (hls.js 1.7.4).
    this.hls.currentLevel = level.index;
    this.#awaited = auto ? level.index : -1;
  }

  /** @param {import("hls.js").Fragment} fragment */
  #came({ type, level }) {
    if (type !== "main" || level !== this.#awaited) return;
    this.#awaited = -1;
    this.hls.loadLevel = -1;
  }
}
