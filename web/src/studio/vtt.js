/** WebVTT as a list of lines to edit, and back (W3C WebVTT, 4.1). It must not know elements. Styles and notes are kept. */

/** @typedef {{id: string, start: number, end: number, settings: string, text: string}} Cue */
/** @typedef {{head: string, cues: Cue[]}} Captions */

const TIMING = /^(?:(\d{2,}):)?(\d{2}):(\d{2})\.(\d{3})[ \t]+-->[ \t]+(?:(\d{2,}):)?(\d{2}):(\d{2})\.(\d{3})(?:[ \t]+(.*))?$/;

/** @param {string} text @returns {Captions} */
export function parseVtt(text) {
  const blocks = text.replace(/\r\n?/g, "\n").trim().split(/\n{2,}/);
  const heads = [];
  /** @type {Cue[]} */
  const cues = [];
  for (const block of blocks) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => TIMING.test(line));
    if (at === 0 || at === 1) cues.push(cueOf(lines, at));
    else if (cues.length === 0) heads.push(block); // signature, STYLE, REGION and NOTE before the first line
  }
  return { head: heads.join("\n\n") || "WEBVTT", cues };
}

/** @param {Captions} captions in the order of their times */
export function writeVtt({ head, cues }) {
  const blocks = [...cues].sort((one, other) => one.start - other.start || one.end - other.end).map(blockOf);
  return `${[head, ...blocks].join("\n\n")}\n`;
}

/** `h:mm:ss.mmm`, hours only when there are some. @param {number} seconds */
export function timestamp(seconds) {
  const whole = Math.max(0, Math.round(seconds * 1000));
  const [hours, minutes] = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60];
  const tail = `${two(minutes)}:${two(Math.floor(whole / 1000) % 60)}.${String(whole % 1000).padStart(3, "0")}`;
  return hours > 0 ? `${two(hours)}:${tail}` : tail;
}

/** Seconds of `1:02:03.4`, `2:03` or `3.4`; null for anything else. @param {string} text */
export function secondsOf(text) {
  const match = /^(?:(?:(\d+):)?(\d{1,2}):)?(\d{1,2})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (match === null) return null;
  const [, hours = "0", minutes = "0", seconds, part = "0"] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(part.padEnd(3, "0")) / 1000;
}

/** @param {string[]} lines @param {number} at where the timing stands @returns {Cue} */
function cueOf(lines, at) {
  const match = /** @type {RegExpExecArray} */ (TIMING.exec(lines[at]));
  const time = (/** @type {number} */ from) =>
    Number(match[from] ?? 0) * 3600 + Number(match[from + 1]) * 60 + Number(match[from + 2]) + Number(match[from + 3]) / 1000;
  const id = at === 1 ? lines[0] : "";
  return { id, start: time(1), end: time(5), settings: match[9] ?? "", text: lines.slice(at + 1).join("\n") };
}

/** @param {Cue} cue */
function blockOf({ id, start, end, settings, text }) {
  const timing = `${timestamp(start)} --> ${timestamp(end)}${settings === "" ? "" : ` ${settings}`}`;
  const words = text.replace(/\n{2,}/g, "\n").replaceAll("-->", "→").trim(); // an empty line would end the cue
  return [...(id === "" ? [] : [id]), timing, words].join("\n");
}

/** @param {number} count */
function two(count) {
  return String(count).padStart(2, "0");
}
