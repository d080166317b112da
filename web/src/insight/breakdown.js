/** How a sum divides: a table with a bar in each row, so that it is read with and without eyes. It must not know sums. */
import { h } from "../shared/dom.js";
import { percent } from "../shared/format.js";

/**
 * @param {string} title @param {[string, number, string?][]} parts name, value, and what else is known of it
 * @param {(value: number) => string} format
 * @param {string} nothing said when there are none
 */
export function breakdown(title, parts, format, nothing) {
  const heading = h("h3", {}, title);
  const whole = parts.reduce((sum, [, value]) => sum + value, 0);
  if (whole === 0) return h("div", { class: "breakdown" }, heading, h("p", { class: "muted" }, nothing));
  const largest = Math.max(...parts.map(([, value]) => value));
  const rows = [...parts].sort((one, other) => other[1] - one[1]).map(([name, value, more]) => {
    const bar = h("span", { class: "breakdown-bar", "aria-hidden": "true" });
    bar.style.setProperty("--part", String(value / largest));
    return h("tr", {}, h("th", { scope: "row" }, name, bar, more !== undefined && h("span", { class: "breakdown-more" }, more)), h("td", {}, format(value)), h("td", {}, percent(value / whole)));
  });
  const table = h("table", {}, h("caption", { class: "visually-hidden" }, title), h("tbody", {}, ...rows));
  return h("div", { class: "breakdown" }, heading, table);
}
