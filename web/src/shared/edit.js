/** Edits an asset, and never over somebody else's change: the ETag read is the ETag sent (RFC 9110, 13.1.1). */
import { call, Problem } from "./api.js";

/** @typedef {import("./api.js").Asset} Asset */

const TRIES = 8;

/**
 * Reads the asset, asks `change` what to send for it as it is now, sends that. When somebody was quicker (progress counts
 * as a change, too), it begins anew. @param {string} id @param {(asset: Asset) => Record<string, unknown> | null} change null:
 * nothing to do; what it throws ends the edit @returns {Promise<Asset>}
 */
export async function editAsset(id, change) {
  for (let tries = 1; ; tries += 1) {
    const path = `/v1/assets/${id}`;
    const { body: asset, headers } = /** @type {{body: Asset, headers: Headers}} */ (await call(path));
    const body = change(asset);
    if (body === null) return asset;
    try {
      const request = { method: "PATCH", body, headers: { "If-Match": headers.get("ETag") ?? "*" } };
      return /** @type {{body: Asset}} */ (await call(path, request)).body;
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412 || tries === TRIES) throw error;
    }
  }
}
