/**
 * One right to watch: the token as it is now, renewed before it expires. It must not know elements or players.
 *
 * The token stands in the path of every media address (`/t/{token}/…`), so a new one is put to use by rewriting the
 * addresses of later requests; what is already buffered stays.
 */
import { call, create, Problem } from "../shared/api.js";
import { renewal } from "./ahead.js";
import { claimsOf, sessionIdOf } from "./claims.js";

/** @typedef {import("../shared/api.js").Playback} Playback */

const RENEW_AT = 0.8; // of the token's life: a fifth is left for sleep, retries and slow networks
const RETRY_SECONDS = 5;
const LONGEST_TIMER_SECONDS = 86_400; // setTimeout overflows after 24.8 days
const TOKEN_IN_PATH = /\/t\/[^/]+\//;

export class Session {
  /** @type {Promise<void> | null} */
  #renewing = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Called after each renewal. @type {() => void} */
  onrenewed = () => {};

  /** @param {Playback} playback @param {number} lifeSeconds */
  constructor(playback, lifeSeconds) {
    this.playback = playback;
    this.#schedule(lifeSeconds);
  }

  get token() {
    return tokenOf(this.playback.hls_url);
  }

  /** The same address with the token of now. @param {string} url */
  address(url) {
    return url.replace(TOKEN_IN_PATH, `/t/${this.token}/`);
  }

  /** Settles when no renewal is under way; never fails: the request that waits finds out by itself. */
  async settled() {
    await this.#renewing?.catch(() => null);
  }

  /** A new token now; calls at the same time share one request. @throws {Problem} why this session is over, or `offline` */
  renew() {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  close() {
    clearTimeout(this.#timer);
  }

  async #renew() {
    const { playback, lifeSeconds } = await renewed(this.playback.session_id, this.token);
    this.playback = playback;
    this.#schedule(lifeSeconds);
    this.onrenewed();
  }

  /** @param {number} lifeSeconds */
  #schedule(lifeSeconds) {
    clearTimeout(this.#timer);
    const wait = Math.min(Math.max(lifeSeconds * RENEW_AT, 1), LONGEST_TIMER_SECONDS);
    this.#timer = setTimeout(() => this.#renewByItself(), wait * 1000);
  }

  /** A refusal is left to the next segment, which meets it too: what is buffered may still be watched. */
  async #renewByItself() {
    try {
      await this.renew();
    } catch (error) {
      if (error instanceof Problem && isPassing(error)) this.#schedule(RETRY_SECONDS / RENEW_AT);
    }
  }
}

/** Whether the same request may succeed later without anyone doing anything. @param {Problem} problem */
export function isPassing(problem) {
  return problem.status === 0 || problem.status === 429 || problem.status >= 500;
}

/**
 * What the gate refused for good, or null when a renewal may cure it. A missing file counts only when nothing can be
 * played without it. @param {number} status @param {string | null} denial @param {boolean} fatal
 */
export function refusalOf(status, denial, fatal) {
  if (status === 410) return new Problem(denial ?? "session_revoked", status, "");
  if (status === 403 && denial !== null) return new Problem(denial, status, "");
  if (status === 404 && fatal) return new Problem(denial ?? "object_not_found", status, "");
  return null;
}

/** When the token begins to work, by its `nbf` claim, unverified; null when it says nothing. @param {string} token */
export function opensAt(token) {
  const seconds = claimsOf(token)?.nbf;
  return typeof seconds === "number" ? new Date(seconds * 1000) : null;
}

/**
 * Opens the link's own token, for the film its address names. @param {string} token @param {string} asset
 * @param {Promise<Response> | null} [answer] to that very renewal, when it was asked for already
 * @returns {Promise<Session>} @throws {Problem}
 */
export async function openSession(token, asset, answer = null) {
  const session = sessionIdOf(token);
  if (session === null) throw new Problem("token_malformed", 401, "");
  const { playback, lifeSeconds } = await renewed(session, token, answer);
  if (playback.asset_id !== asset) throw new Problem("token_path", 403, ""); // as the gate says of such a segment
  return new Session(playback, lifeSeconds);
}

/** For the signed-in owner: a session of their own. @param {string} asset @returns {Promise<Session>} @throws {Problem} */
export async function mintSession(asset) {
  const answer = await create(`/v1/assets/${encodeURIComponent(asset)}/playback`, {});
  const playback = /** @type {Playback} */ (answer.body);
  return new Session(playback, lifeOf(playback, answer.headers));
}

/** By a share link: one view of it. @param {string} share @param {string | null} password @returns {Promise<Session>} @throws {Problem} */
export async function openShare(share, password) {
  const answer = await call(`/v1/shares/${encodeURIComponent(share)}/open`, { method: "POST", body: { password } });
  const playback = /** @type {Playback} */ (answer.body);
  return new Session(playback, lifeOf(playback, answer.headers));
}

/**
 * @param {string} session @param {string} token @param {Promise<Response> | null} [answer]
 * @returns {Promise<{playback: Playback, lifeSeconds: number}>}
 */
async function renewed(session, token, answer = null) {
  const { path, ...request } = renewal(session, token);
  const { body, headers } = await call(path, { ...request, answer });
  const playback = /** @type {Playback} */ (body);
  return { playback, lifeSeconds: lifeOf(playback, headers) };
}

/** By the server's clock: the viewer's may be hours off. @param {Playback} playback @param {Headers} headers */
function lifeOf(playback, headers) {
  const now = Date.parse(headers.get("Date") ?? "");
  return (Date.parse(playback.expires_at) - (Number.isNaN(now) ? Date.now() : now)) / 1000;
}

/** @param {string} url */
function tokenOf(url) {
  return url.match(TOKEN_IN_PATH)?.[0].slice(3, -1) ?? "";
}
