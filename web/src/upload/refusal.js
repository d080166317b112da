/** Says before an upload why a file cannot work. It must not know elements; what is allowed, the server says. */
import { call } from "../shared/api.js";
import { bytes } from "../shared/format.js";
import { texts } from "../texts.js";

const words = texts.upload;

/**
 * @typedef {object} Limits
 * @property {number} max_size_bytes
 * @property {number | null} free_bytes
 * @property {string[]} source_endings
 * @property {number} upload_days
 * @property {string[]} codecs
 * @property {number} playback_ttl_seconds
 * @property {number} playback_max_ttl_seconds
 * @property {number} session_seconds
 * @property {number} sessions_per_viewer
 * @property {number} keep_superseded_seconds
 * @property {"command" | "schedule"} rotates_keys
 * @property {number} max_caption_bytes
 * @property {number} max_title
 * @property {number} max_description
 * @property {number} max_tags
 * @property {number} max_tag
 */

/** First octets of what is often called a film by mistake. An executable or an archive plays nowhere. */
/** @type {[string, string][]} */
const STRANGERS = [
  ["%PDF", words.kinds.pdf],
  ["\x89PNG", words.kinds.picture],
  ["\xff\xd8\xff", words.kinds.picture],
  ["GIF8", words.kinds.picture],
  ["PK\x03\x04", words.kinds.archive],
  ["Rar!", words.kinds.archive],
  ["7z\xbc\xaf", words.kinds.archive],
  ["MZ", words.kinds.program],
  ["\x7fELF", words.kinds.program],
];

/** @returns {Promise<Limits | null>} null when the server does not tell: then it decides later */
export async function askLimits() {
  try {
    return /** @type {{body: Limits}} */ (await call("/v1/limits")).body;
  } catch {
    return null;
  }
}

/**
 * A sentence, or null when nothing speaks against it. @param {File} file @param {Limits | null} limits
 * @param {number} [taken] bytes that files before it will take
 */
export async function refusalOf(file, limits, taken = 0) {
  if (file.size === 0) return words.empty;
  if (limits !== null && file.size > limits.max_size_bytes) return words.tooLarge(bytes(limits.max_size_bytes));
  const left = limits?.free_bytes === null || limits === null ? Infinity : limits.free_bytes - taken;
  if (file.size > left) return words.noRoom(bytes(file.size), bytes(Math.max(0, left)));
  const stranger = await strangerOf(file);
  if (stranger !== null) return words.notMedia(stranger);
  return isForeign(file, limits?.source_endings ?? []) ? words.notMedia(words.kinds.other) : null;
}

/** @param {File} file */
async function strangerOf(file) {
  try {
    const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
    const text = String.fromCharCode(...head);
    return STRANGERS.find(([start]) => text.startsWith(start))?.[1] ?? null;
  } catch {
    return words.kinds.unreadable;
  }
}

/** Surely no film: neither its type nor its ending is one's. A file that says nothing of itself is let through. */
/** @param {File} file @param {string[]} endings */
function isForeign(file, endings) {
  const ending = file.name.includes(".") ? (file.name.split(".").pop() ?? "").toLowerCase() : "";
  if (isMedia(file.type) || endings.includes(ending)) return false;
  return file.type !== "" && file.type !== "application/octet-stream";
}

/** @param {string} type */
function isMedia(type) {
  return /^(video|audio)\/|^application\/(mxf|ogg|mp4|vnd\.rn-realmedia)/.test(type);
}
