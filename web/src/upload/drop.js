/** Takes files dropped anywhere on the page. It must not know what becomes of them. */
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { texts } from "../texts.js";
import { droppedFiles } from "./files.js";

/** @param {(sources: import("./uploader.js").Source[]) => void} ondrop */
export function dropZone(ondrop) {
  const label = h("div", { class: "drop-label" }, icon("upload"), texts.library.dropHere);
  const zone = h("div", { class: "drop-zone", hidden: true }, label);
  let depth = 0; // dragenter and dragleave come for every element the pointer crosses
  const shown = (/** @type {number} */ next) => {
    depth = Math.max(0, next);
    zone.hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => hasFiles(event) && shown(depth + 1));
  addEventListener("dragleave", (event) => hasFiles(event) && shown(depth - 1));
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // else the browser leaves the page to show the file
    shown(0);
    if (event.dataTransfer !== null) droppedFiles(event.dataTransfer).then(ondrop);
  });
  return zone;
}

/** @param {DragEvent} event */
function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
