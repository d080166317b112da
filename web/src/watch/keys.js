/** The keyboard, as people know it from other players, and the list of it. It must not know controls. */
import { h } from "../shared/dom.js";
import { openDialog } from "../shared/page.js";
import { texts } from "../texts.js";

/** @typedef {import("./player.js").Player} Player */

/** @type {Record<string, (player: Player) => void>} by `event.key`, lower case */
const KEYS = {
  " ": (player) => player.toggle(),
  k: (player) => player.toggle(),
  j: (player) => player.skip(-10),
  l: (player) => player.skip(10),
  arrowleft: (player) => player.skip(-5),
  arrowright: (player) => player.skip(5),
  arrowup: (player) => player.louder(0.05),
  arrowdown: (player) => player.louder(-0.05),
  home: (player) => player.seek(0),
  end: (player) => player.seek(player.duration),
  m: (player) => player.mute(),
  c: (player) => player.toggleCaptions(),
  f: (player) => player.toggleFullscreen(),
  i: (player) => player.togglePip(),
  "<": (player) => player.faster(-1),
  ">": (player) => player.faster(1),
  ",": (player) => player.frame(-1),
  ".": (player) => player.frame(1),
  "?": () => shortcutsDialog(),
};

/** @param {Player} player @param {AbortSignal} signal */
export function listenToKeys(player, signal) {
  document.addEventListener("keydown", (event) => pressed(player, event), { signal });
}

/** @param {Player} player @param {KeyboardEvent} event */
function pressed(player, event) {
  const key = event.key.toLowerCase();
  const act = /^[0-9]$/.test(key) ? seekTo(Number(key) / 10) : KEYS[key];
  if (isChapterKey(event)) {
    event.preventDefault();
    player.toChapter(key === "arrowleft" ? -1 : 1);
    return;
  }
  if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTaken(event.target, key)) return;
  event.preventDefault(); // the page would scroll, the range would move by its own step
  act(player);
  player.wake();
}

/** Control (Option on a Mac) and an arrow. @param {KeyboardEvent} event */
function isChapterKey({ key, ctrlKey, altKey, metaKey, shiftKey, target }) {
  const held = (ctrlKey !== altKey) && !metaKey && !shiftKey;
  return held && (key === "ArrowLeft" || key === "ArrowRight") && !isTaken(target, key.toLowerCase());
}

/** @param {number} part */
function seekTo(part) {
  return (/** @type {Player} */ player) => player.seek(player.duration * part);
}

/** Whether the element under the focus has its own meaning for the key. @param {EventTarget | null} target @param {string} key */
function isTaken(target, key) {
  if (!(target instanceof Element) || document.querySelector("dialog[open]") !== null) return target instanceof Element;
  if (target.matches("button, a, summary")) return key === " ";
  if (target.matches(".volume")) return key.startsWith("arrow") || key === "home" || key === "end";
  return target.matches("input:not([type=range]), select, textarea");
}

export function shortcutsDialog() {
  const rows = texts.player.shortcuts.map(([keys, what]) => {
    const caps = keys.split("  ").flatMap((cap) => [h("kbd", {}, cap.trim()), " "]);
    return h("div", { class: "keys-row" }, h("dt", {}, ...caps), h("dd", {}, what));
  });
  openDialog(texts.player.keys, [h("dl", { class: "keys" }, ...rows)]);
}
