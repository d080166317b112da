/** Numbers and times as people read them. It must not know pages; the language is the browser's. */

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
  return shown.map(([count, unit]) => unitText(Number(count), String(unit))).join(", ");
}

/** @param {number} count @param {string} unit a unit of Intl.NumberFormat */
function unitText(count, unit) {
  return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(count);
}

const STEPS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** Decimal units, as file managers and bills use them. @param {number} count */
export function bytes(count) {
  const step = count < 1000 ? 0 : Math.min(STEPS.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** step;
  const maximumFractionDigits = value < 10 && step > 1 ? 1 : 0;
  return new Intl.NumberFormat("en", {
    style: "unit",
    unit: STEPS[step],
    unitDisplay: "short",
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
  return new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" }).format(
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
  return new Intl.DateTimeFormat(undefined, options).format(date);
}

/** The language's own English name, else the tag. @param {string} tag BCP 47 */
export function languageName(tag) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // not a well-formed tag: what the playlist says is the best name there is
  }
}

/** An amount as "$0.49"; under a cent "$0.0021". @param {number} amount of US dollars */
export function dollars(amount) {
  const digits = amount > 0 && amount < 0.01 ? 4 : 2;
  return new Intl.NumberFormat("en", { style: "currency", currency: "USD", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(amount);
}
