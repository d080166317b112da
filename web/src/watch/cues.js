/** The little of WebVTT that storyboards and chapters need. It must not know what cues mean. */

/** @typedef {{start: number, end: number, text: string}} Cue seconds */

const TIMES = /((?:\d+:)?\d+:\d+\.\d+)[ \t]+-->[ \t]+((?:\d+:)?\d+:\d+\.\d+)/;
const ENTITIES = /** @type {Record<string, string>} */ ({ "&lt;": "<", "&gt;": ">", "&amp;": "&" });

/** @param {string} text @returns {Cue[]} in the file's order */
export function parseCues(text) {
  return text
    .replaceAll("\r\n", "\n")
    .split(/\n{2,}/)
    .flatMap((block) => {
      const lines = block.split("\n");
      const at = lines.findIndex((line) => TIMES.test(line));
      const times = lines[at]?.match(TIMES);
      if (!times) return [];
      const words = lines.slice(at + 1).join("\n").trim();
      return [{ start: secondsOf(times[1]), end: secondsOf(times[2]), text: words.replace(/&(?:lt|gt|amp);/g, (name) => ENTITIES[name]) }];
    });
}

/** @param {string} stamp `[h:]m:s.ms` */
function secondsOf(stamp) {
  return stamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
