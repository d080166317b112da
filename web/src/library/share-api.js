/** The share links of one asset, as the server keeps them. It must not know elements. */
import { call, create } from "../shared/api.js";

/**
 * @typedef {object} Share
 * @property {string} id
 * @property {string} label
 * @property {string} url
 * @property {string | null} embed_url
 * @property {string} created_at
 * @property {string} ends_at
 * @property {number} views
 * @property {number | null} view_limit
 * @property {boolean} has_password
 * @property {string[]} sites
 */

/** @param {string} asset @returns {Promise<Share[]>} newest first */
export async function listShares(asset) {
  const { body } = await call(`/v1/assets/${asset}/shares`);
  return /** @type {{items: Share[]}} */ (body).items;
}

/** @param {string} asset @param {Record<string, unknown>} wish @returns {Promise<Share>} */
export async function makeShare(asset, wish) {
  return (await create(`/v1/assets/${asset}/shares`, wish)).body;
}

/** @param {string} share */
export async function revokeShare(share) {
  await call(`/v1/shares/${share}`, { method: "DELETE" });
}

/** Whether a pasted link shows title and poster. @param {string} asset @param {boolean} shown */
export async function setPreview(asset, shown) {
  await call(`/v1/assets/${asset}`, { method: "PATCH", body: { public_preview: shown } });
}

/** Whether it opens nothing any more. @param {Share} share */
export function isOver(share) {
  return Date.parse(share.ends_at) <= Date.now() || (share.view_limit !== null && share.views >= share.view_limit);
}
