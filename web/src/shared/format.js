/**
 * Numbers, amounts, times and codecs as people read them, through Intl, here alone. It must not know pages. The language is the
 * texts'; of its countries the reader's, so that British readers of the English pages see their own dates.
 */
import { texts } from "../texts.js";

const LOCALE = navigator.languages.find((tag) => tag.split("-")[0] === texts.language) ?? texts.language;

/** @param {number} count */
export function number(count) {
  return new Intl.NumberFormat(LOCALE).format(count);
}

/** @param {number} share 0–1 @param {number} [digits] after the point, at most */
export function percent(share, digits = 0) {
  return new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: digits }).format(share);
}

/** Progress, never rounded up to what is not done. @param {number} hundredths 0–100 */
export function progressText(hundredths) {
  return percent(Math.floor(hundredths) / 100);
}

/** `h:mm:ss` or `m:ss`; a dash when unknown. @param {number | null | undefined} seconds */
export function clock(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–:––";
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${hours > 0 ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** "1 minute, 5 seconds", for screen readers. @param {number} seconds */
export function spokenClock(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ];
  const shown = parts.filter(([count, unit], at) => Number(count) > 0 || (at === 2 && whole < 60 && unit));
  return shown.map(([count, unit]) => unitText(Number(count), String(unit), "long")).join(", ");
}

/** "3 hr 20 min", "45 sec": how long something was, when the second does not matter. @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return unitText(Math.round(seconds), "second", "short");
  const minutes = Math.round(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return unitText(rest, "minute", "short");
  return rest === 0 || hours >= 100
    ? unitText(hours, "hour", "short")
    : `${unitText(hours, "hour", "short")} ${unitText(rest, "minute", "short")}`;
}

/** "6 hours", "30 days": a span that somebody set, in the largest unit that is exact. @param {number} seconds */
export function span(seconds) {
  /** @type {[string, number][]} */
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const [unit, size] = units.find(([, length]) => seconds >= length && seconds % length === 0) ?? ["second", 1];
  return unitText(seconds / size, unit, "long");
}

/** On the scale of a chart: few hours as minutes. @param {number} count */
export function hours(count) {
  if (count === 0) return "0";
  return count < 1 ? unitText(Math.round(count * 600) / 10, "minute", "short") : unitText(count, "hour", "short");
}

/** A wait of milliseconds, in seconds; a dash when none was measured. @param {number | null} milliseconds */
export function startUp(milliseconds) {
  return milliseconds === null ? "–" : unitText(milliseconds / 1000, "second", "short");
}

/** @param {number} count @param {string} unit a unit of Intl.NumberFormat @param {"long" | "short"} unitDisplay */
function unitText(count, unit, unitDisplay) {
  return new Intl.NumberFormat(LOCALE, { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 }).format(count);
}

const STEPS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** Decimal units, as file managers and bills use them. @param {number} count */
export function bytes(count) {
  const step = count < 1000 ? 0 : Math.min(STEPS.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** step;
  const maximumFractionDigits = value < 10 && step > 1 ? 1 : 0;
  return new Intl.NumberFormat(LOCALE, {
    style: "unit",
    unit: STEPS[step],
    unitDisplay: step === 0 ? "long" : "short", // "29 bytes": the short name has no plural
    maximumFractionDigits,
  }).format(value);
}

/** "3 hours ago", "in 5 minutes". @param {string} moment RFC 3339 @param {number} [now] milliseconds */
export function relative(moment, now = Date.now()) {
  const seconds = (Date.parse(moment) - now) / 1000;
  /** @type {[Intl.RelativeTimeFormatUnit, number][]} */
  const units = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" }).format(
    Math.round(seconds / size),
    unit,
  );
}

/** The moment in the reader's own time zone, with the weekday left out when it is today. @param {string} moment */
export function dateTime(moment) {
  const date = new Date(moment);
  const sameDay = date.toDateString() === new Date().toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const options = sameDay ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(LOCALE, options).format(date);
}

/** A day that was counted in UTC. @param {string} date `2026-03-01` */
export function day(date) {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(date));
}

/** The same where there is little room. @param {string} date */
export function shortDay(date) {
  return new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(date));
}

/** "March 2026". @param {string} month `2026-03`, counted in UTC */
export function monthName(month) {
  return new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(month));
}

/** The language's own name in the language of the texts, else the tag. @param {string} tag BCP 47 */
export function languageName(tag) {
  try {
    return new Intl.DisplayNames([LOCALE], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // not a well-formed tag: what the playlist says is the best name there is
  }
}

const CODECS = [
  ["avc", "H.264"],
  ["hvc", "HEVC"],
  ["hev", "HEVC"],
  ["av01", "AV1"],
  ["mp4a", "AAC"],
];

/** "AV1" of "av01.0.08M.08". @param {string | undefined} codec */
export function codecName(codec = "") {
  return CODECS.find(([start]) => codec.startsWith(/** @type {string} */ (start)))?.[1] ?? codec;
}

const LEAST_DOLLARS = 0.0001;

/** An amount as "$0.49"; under a cent "$0.0021", and "< $0.0001" for what is next to nothing. @param {number} amount of US dollars @returns {string} */
export function dollars(amount) {
  if (amount > 0 && amount < LEAST_DOLLARS) return `< ${dollars(LEAST_DOLLARS)}`;
  const digits = amount > 0 && amount < 0.01 ? 4 : 2;
  return new Intl.NumberFormat("en", { style: "currency", currency: "USD", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(amount);
}
