/** What this server takes, makes and for how long, to read. It must not change anything. */
import { call } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { bytes, dollars, monthName, number, span } from "../shared/format.js";
import { texts } from "../texts.js";

/** @typedef {import("../upload/refusal.js").Limits} Limits */
/** @typedef {import("../upload/cost.js").Spending} Spending */

const words = texts.studio.limits;

/** @returns {Promise<import("./main.js").View>} */
export async function settingsView() {
  const [told, spent] = await Promise.all([call("/v1/limits"), call("/v1/cost")]);
  const { body: limits } = /** @type {{body: Limits}} */ (told);
  const elements = [
    h("h1", {}, words.title),
    h("p", { class: "muted studio-lead" }, words.lead),
    panel(words.uploads, [
      [words.largest, bytes(limits.max_size_bytes)],
      [words.room, limits.free_bytes === null ? words.noEnd : bytes(limits.free_bytes)],
      [words.unfinished, span(limits.upload_days * 86_400)],
      [words.types, limits.source_endings.join(" ")],
      [words.captions, bytes(limits.max_caption_bytes)],
    ]),
    panel(words.encoding, [
      [words.codecs, limits.codecs.map((codec) => words.codecNames[codec] ?? codec).join(", ")],
      [words.kept, span(limits.keep_superseded_seconds)],
    ]),
    spending(/** @type {{body: Spending}} */ (spent).body),
    panel(words.watching, [
      [words.token, span(limits.playback_ttl_seconds)],
      [words.longestToken, span(limits.playback_max_ttl_seconds)],
      [words.session, span(limits.session_seconds)],
      [words.viewers, limits.sessions_per_viewer === 0 ? words.anyNumber : String(limits.sessions_per_viewer)],
    ]),
    h("section", { class: "panel" }, h("h2", {}, words.keys), ...keysText(limits.rotates_keys)),
  ];
  return { title: words.title, elements };
}

/** @param {Spending} spending */
function spending({ month, minutes, runs, usd, limit_minutes_a_month, limit_hours_stored, limit_usd_a_film }) {
  const shown = panel(words.spending, [
    [words.used(monthName(month)), words.usedText(number(minutes), runs, dollars(usd))],
    [words.aMonth, limit_minutes_a_month === 0 ? words.noLimit : words.minutes(number(limit_minutes_a_month))],
    [words.stored, limit_hours_stored === 0 ? words.noLimit : span(limit_hours_stored * 3600)],
    [words.aFilm, limit_usd_a_film === 0 ? words.noLimit : dollars(limit_usd_a_film)],
  ]);
  shown.append(h("p", { class: "hint" }, words.spendingHint));
  return shown;
}

/** @param {string} title @param {string[][]} rows */
function panel(title, rows) {
  const list = rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
  return h("section", { class: "panel" }, h("h2", {}, title), h("dl", { class: "facts" }, ...list));
}

/** @param {Limits["rotates_keys"]} who */
function keysText(who) {
  const lead = h("p", {}, who === "schedule" ? words.keysSchedule : words.keysCommand);
  const commands = words.keysCommands.map(([command, does]) => h("div", {}, h("dt", {}, h("code", {}, command)), h("dd", {}, does)));
  return [lead, h("dl", { class: "facts" }, ...commands)];
}
