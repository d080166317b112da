/**
 * How captions look, as each viewer needs them: remembered on this device. It must not know tracks or menus.
 * The choice is in data attributes of the player (`data-cue-size` …); the style sheet draws it (`::cue`).
 */
import { recall, remember } from "../shared/storage.js";

/** The first of each is what everybody begins with; names are those of `texts.player.captionStyle`. */
export const CAPTION_STYLES = /** @type {const} */ ({
  size: ["normal", "small", "large", "huge"],
  color: ["white", "yellow", "cyan", "green"],
  background: ["soft", "solid", "none"],
  edge: ["none", "shadow", "outline"],
});

/** @typedef {keyof typeof CAPTION_STYLES} StyleName */

/** @param {StyleName} name @returns {string} */
export function captionStyle(name) {
  const chosen = recall(`cue-${name}`);
  const known = /** @type {readonly string[]} */ (CAPTION_STYLES[name]);
  return chosen !== null && known.includes(chosen) ? chosen : known[0];
}

/** @param {HTMLElement} player @param {StyleName} name @param {string} value */
export function setCaptionStyle(player, name, value) {
  remember(`cue-${name}`, value === CAPTION_STYLES[name][0] ? null : value);
  applyCaptionStyle(player);
}

/** @param {HTMLElement} player */
export function applyCaptionStyle(player) {
  for (const name of /** @type {StyleName[]} */ (Object.keys(CAPTION_STYLES)))
    player.setAttribute(`data-cue-${name}`, captionStyle(name));
}
