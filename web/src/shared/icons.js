/** The icons, drawn for Matinee on a 24-unit grid. It must not know where they are used. */
import { svg } from "./dom.js";

/** Stroked shapes; those in FILLED are solid. */
const PATHS = {
  play: "M8 5.3v13.4a.8.8 0 0 0 1.2.7l10.4-6.7a.8.8 0 0 0 0-1.4L9.2 4.6A.8.8 0 0 0 8 5.3Z",
  pause:
    "M7.2 4.5h2.2c.4 0 .8.4.8.8v13.4c0 .4-.4.8-.8.8H7.2a.8.8 0 0 1-.8-.8V5.3c0-.4.4-.8.8-.8Zm7.4 0h2.2c.4 0 .8.4.8.8v13.4c0 .4-.4.8-.8.8h-2.2a.8.8 0 0 1-.8-.8V5.3c0-.4.4-.8.8-.8Z",
  replay: "M4.5 12a7.5 7.5 0 1 0 2.4-5.5M4.2 3.8v4h4",
  volume: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
  volumeLow: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4.2 4.2 0 0 1 0 6",
  muted: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM16 9.5l5 5M21 9.5l-5 5",
  captions:
    "M5.5 5h13A2.5 2.5 0 0 1 21 7.5v9a2.5 2.5 0 0 1-2.5 2.5h-13A2.5 2.5 0 0 1 3 16.5v-9A2.5 2.5 0 0 1 5.5 5ZM10.6 10.6a2 2 0 1 0 0 2.8M17.2 10.6a2 2 0 1 0 0 2.8",
  settings:
    "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM19.2 12c0-.4 0-.8-.1-1.1l2-1.6-2-3.4-2.4 1a7.3 7.3 0 0 0-1.9-1.1L14.4 3.3h-4L10 5.8a7.3 7.3 0 0 0-1.9 1.1l-2.4-1-2 3.4 2 1.6a7 7 0 0 0 0 2.2l-2 1.6 2 3.4 2.4-1c.6.5 1.2.8 1.9 1.1l.4 2.5h4l.4-2.5a7.3 7.3 0 0 0 1.9-1.1l2.4 1 2-3.4-2-1.6c.1-.3.1-.7.1-1.1Z",
  pip: "M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2ZM12.5 12h5.5v4h-5.5z",
  cast: "M4 8V6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5H14M4 12a7 7 0 0 1 7 7M4 15.5A3.5 3.5 0 0 1 7.5 19M4 19h.01",
  fullscreen:
    "M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15",
  fullscreenExit:
    "M9 4v3.5A1.5 1.5 0 0 1 7.5 9H4M20 9h-3.5A1.5 1.5 0 0 1 15 7.5V4M15 20v-3.5a1.5 1.5 0 0 1 1.5-1.5H20M4 15h3.5A1.5 1.5 0 0 1 9 16.5V20",
  back: "M14.5 5.5 8 12l6.5 6.5",
  next: "M9.5 5.5 16 12l-6.5 6.5",
  check: "m5 12.5 4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 20 20",
  upload: "M12 15.5V4.5M7.5 8.5 12 4l4.5 4.5M4.5 15v3A2 2 0 0 0 6.5 20h11a2 2 0 0 0 2-2v-3",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
  pencil: "m4.5 16.5-.9 3.9 3.9-.9L19 8a2 2 0 0 0 0-2.9l-.1-.1a2 2 0 0 0-2.9 0L4.5 16.5ZM14 7l3 3",
  trash: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 11.6a1.5 1.5 0 0 0 1.5 1.4h6.4a1.5 1.5 0 0 0 1.5-1.4L17.5 7M10 11v5M14 11v5",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.4-5.5M19.8 3.8v4h-4",
  terminal:
    "M5 5h14a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 19 19H5a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 5 5ZM7.5 9.5 10 12l-2.5 2.5M12.5 14.5h4",
  folder:
    "M3.5 7A1.5 1.5 0 0 1 5 5.5h4l2 2.5h8A1.5 1.5 0 0 1 20.5 9.5V17a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17V7ZM12 11v4.5M9.8 13.4l2.2 2.2 2.2-2.2",
  film: "M5 4.5h14A1.5 1.5 0 0 1 20.5 6v12a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18V6A1.5 1.5 0 0 1 5 4.5ZM8 4.5v15M16 4.5v15M3.5 9.5H8M3.5 14.5H8M16 9.5h4.5M16 14.5h4.5",
  audio: "M4 10.5v3M8 7v10M12 4v16M16 8v8M20 10.5v3",
  plus: "M12 5v14M5 12h14",
  download: "M12 4.5v11M7.5 11.5 12 16l4.5-4.5M4.5 19.5h15",
  skipStart: "M6 5v14M20 12H10M14 8l-4 4 4 4",
  skipEnd: "M18 5v14M4 12h10M10 8l4 4-4 4",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2",
  lock: "M6.5 10.5h11A1.5 1.5 0 0 1 19 12v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19v-7a1.5 1.5 0 0 1 1.5-1.5ZM8 10.5V8a4 4 0 0 1 8 0v2.5",
  broken:
    "M9 15l-1 1a3.5 3.5 0 0 1-5-5l2.5-2.5M15 9l1-1a3.5 3.5 0 0 1 5 5l-2.5 2.5M8 4v2.5M4 8h2.5M16 20v-2.5M20 16h-2.5",
  offline:
    "M4 4l16 16M8.5 16a5 5 0 0 1 6-.6M5 12.5a10 10 0 0 1 4-2.3M13.5 9.7a10 10 0 0 1 5.5 2.8M12 19.5h.01M2.5 9a14 14 0 0 1 4-2.5M10.5 5.6A14 14 0 0 1 21.5 9",
  warning: "M12 4.2 2.8 19.5h18.4L12 4.2ZM12 10v4.5M12 17h.01",
  ban: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM6 6l12 12",
  key: "M14.5 4a5.5 5.5 0 1 0 2 10.6A5.5 5.5 0 0 0 14.5 4ZM10.5 13.5 4 20v.5h3.5V18H10v-2.5l1.5-1M16 8h.01",
  out: "M14 4.5h4A1.5 1.5 0 0 1 19.5 6v12a1.5 1.5 0 0 1-1.5 1.5h-4M10 8l-4 4 4 4M6 12h9",
  forward: "M5 6v12l7-6-7-6ZM13 6v12l7-6-7-6Z",
  rewind: "M19 6v12l-7-6 7-6ZM11 6v12l-7-6 7-6Z",
};

const FILLED = new Set(["play", "pause", "forward", "rewind"]);

/** @typedef {keyof typeof PATHS} IconName */

/** A picture without a name of its own: the control around it is what has the name. @param {IconName} name */
export function icon(name) {
  const node = svg("svg", { viewBox: "0 0 24 24", class: `icon icon-${name}${FILLED.has(name) ? " icon-solid" : ""}` });
  node.setAttribute("aria-hidden", "true");
  node.setAttribute("focusable", "false");
  node.append(svg("path", { d: PATHS[name] }));
  return node;
}

/** The mark: an afternoon sun with a play sign in it. */
export function logo() {
  return svg(
    "svg",
    { viewBox: "0 0 32 32", class: "logo-mark", "aria-hidden": "true" },
    svg("circle", { cx: "16", cy: "16", r: "13", class: "logo-sun" }),
    svg("path", {
      d: "M12.3 9.3v13.4a.8.8 0 0 0 1.2.7l10.4-6.7a.8.8 0 0 0 0-1.4L13.5 8.6a.8.8 0 0 0-1.2.7Z",
      class: "logo-play",
    }),
  );
}
