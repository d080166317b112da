/** Tables as files for spreadsheets (RFC 4180). It must not know what is in them. */
import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

/** @typedef {(string | number)[]} Row */

/** @param {string} name what the button says @param {string} file its name @param {() => Row[]} rows the first names the columns */
export function csvButton(name, file, rows) {
  return h("button", { type: "button", class: "button button-small", onclick: () => save(file, csv(rows())) }, icon("download"), name);
}

/** @param {Row[]} rows */
export function csv(rows) {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A spreadsheet takes a text that begins with one of these for a formula. @param {string | number} value */
function cell(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {string} name @param {string} text */
function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
