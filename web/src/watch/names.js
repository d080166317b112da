/** Names of qualities and tracks as people say them. It must not know hls.js or elements. */
import { languageName } from "../shared/format.js";
import { texts } from "../texts.js";

/**
 * "720p", "1080p60", "64 kbit/s": named by the shorter side, so that a phone clip of 1080 × 1920 is 1080p too.
 * @param {{width?: number, height?: number, frameRate?: number, bitrate: number}} level
 */
export function qualityName({ width = 0, height = 0, frameRate = 0, bitrate }) {
  const lines = Math.min(width || height, height);
  if (lines === 0) return texts.player.bitrate(Math.round(bitrate / 1000));
  return `${lines}p${frameRate > 35 ? Math.round(frameRate) : ""}`;
}

/** The publisher's label where it says something, else the language. @param {{name?: string, lang?: string}} track */
export function trackName({ name = "", lang = "" }) {
  if (name !== "" && name !== lang) return name;
  return lang === "" ? texts.player.track : languageName(lang);
}
