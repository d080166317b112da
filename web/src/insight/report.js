/** What was watched, as the server reports it (docs/insight.md). It must not know elements. */
import { call } from "../shared/api.js";

/** How views began and ran. @typedef {{startup_ms_p50: number | null, startup_ms_p95: number | null, stalled_share: number}} Experience */

/** @typedef {Experience & {day: string, views: number, viewers: number, watch_seconds: number, stalled_seconds: number, errors: number}} Day */

/**
 * @typedef {object} Report
 * @property {string | null} asset_id
 * @property {string} first
 * @property {string} last
 * @property {number} views
 * @property {number} viewers
 * @property {number} watch_seconds
 * @property {number} stalls
 * @property {number} stalled_share
 * @property {number | null} startup_ms_p50
 * @property {number | null} startup_ms_p95
 * @property {number | null} stalled_share_p50
 * @property {number | null} stalled_share_p95
 * @property {Record<string, number>} errors
 * @property {Record<string, number>} devices
 * @property {Record<string, number>} renditions seconds
 * @property {Record<string, Experience & {watch_seconds: number}>} by_device
 * @property {Record<string, Experience & {watch_seconds: number}>} by_rendition
 * @property {number[]} retention share of views, by hundredth of the film
 * @property {Day[]} days
 */

const DAY_MS = 86_400_000;
const NOTHING = { views: 0, viewers: 0, watch_seconds: 0, stalled_seconds: 0, startup_ms_p50: null, startup_ms_p95: null, stalled_share: 0, errors: 0 };

/** The last `days` days, today (UTC) among them. @param {string | null} asset @param {number} days @returns {Promise<Report>} */
export async function readReport(asset, days) {
  const first = dayOf(Date.now() - (days - 1) * DAY_MS);
  const path = asset === null ? "/v1/insight" : `/v1/assets/${encodeURIComponent(asset)}/insight`;
  return /** @type {{body: Report}} */ (await call(`${path}?from=${first}`)).body;
}

/** Every day of the report: the server leaves out those on which nothing happened. @param {Report} report @returns {Day[]} */
export function everyDay({ first, last, days }) {
  const known = new Map(days.map((each) => [each.day, each]));
  const all = [];
  for (let moment = Date.parse(first); moment <= Date.parse(last); moment += DAY_MS) {
    const day = dayOf(moment);
    all.push(known.get(day) ?? { ...NOTHING, day });
  }
  return all;
}

/** @param {number} moment milliseconds @returns {string} `2026-03-01`, in UTC */
function dayOf(moment) {
  return new Date(moment).toISOString().slice(0, 10);
}
