/**
 * Speaks HTTP with the server this page came from. It must not know pages or elements.
 * Every failure becomes a `Problem`: the server's problem document (RFC 9457), or code `offline` when nothing answered.
 */
import { texts } from "../texts.js";
import { credential } from "./credential.js";
import { randomKey } from "./random.js";

/**
 * @typedef {object} Asset
 * @property {string} id
 * @property {string} title
 * @property {string} description
 * @property {string[]} tags
 * @property {"video" | "audio"} kind
 * @property {"uploading" | "queued" | "processing" | "playable" | "ready" | "failed" | "deleted"} status
 * @property {number} progress 0–100
 * @property {boolean} paused
 * @property {{code: string, message: string} | null} [waiting] the limit its ingest waits at
 * @property {{usd: number, usd_a_month: number} | null} [cost] of its latest ingest
 * @property {number | null} seconds_left of its ingest
 * @property {number | null} duration_seconds
 * @property {number | null} width
 * @property {number | null} height
 * @property {{code: string, message: string} | null} error
 * @property {number | null} size_bytes
 * @property {number | null} frame_rate
 * @property {string | null} version
 * @property {{language: string, label: string}[]} captions
 * @property {{name: string, kind: "video" | "audio", codecs: string, bandwidth: number, width: number | null, height: number | null, language: string | null}[]} renditions
 * @property {{start_seconds: number, title: string}[]} [chapters]
 * @property {number | "auto" | "own"} [poster]
 * @property {string} updated_at
 * @property {string} created_at
 * @property {string | null} [poster_url]
 * @property {string | null} [expires_at] when it deletes itself
 * @property {boolean} public_preview
 */

/**
 * @typedef {object} Playback
 * @property {string} session_id
 * @property {string} asset_id
 * @property {string} [title]
 * @property {"video" | "audio"} [kind]
 * @property {number | null} [duration_seconds]
 * @property {string} expires_at
 * @property {string} session_ends_at
 * @property {string} hls_url
 * @property {string | null} poster_url
 * @property {string | null} storyboard_url
 * @property {string | null} [chapters_url]
 * @property {string} watch_url
 */

/** Something the server refused, or could not be asked. */
export class Problem extends Error {
  /** @param {string} code @param {number} status 0 when nothing answered @param {string} detail */
  constructor(code, status, detail) {
    super(detail);
    this.code = code;
    this.status = status;
  }
}

/**
 * @typedef {object} Request
 * @property {string} [method]
 * @property {unknown} [body] sent as JSON
 * @property {Blob | string} [file] sent as it is, instead of a body
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {Promise<Response> | null} [answer] to this very request, when it was sent already
 */

/**
 * The answer of one call. @template T @param {string} path @param {Request} [request]
 * @returns {Promise<{body: T, headers: Headers}>} @throws {Problem}
 */
export async function call(path, { method = "GET", body, file, headers = {}, signal, answer = null } = {}) {
  const known = { ...credential(), ...headers }; // a playback token in `headers` is what renews a session, not a person
  const sent = body === undefined ? known : { "Content-Type": "application/json", ...known };
  const init = {
    method,
    headers: sent,
    body: body === undefined ? file : JSON.stringify(body),
    credentials: /** @type {const} */ ("same-origin"),
    cache: /** @type {const} */ ("no-store"),
    signal,
  };
  const response = await ask(path, init, answer);
  if (!response.ok) throw await problemOf(response);
  return { body: await bodyOf(response), headers: response.headers };
}

/** The same for a POST that creates something: sent again with the same key it creates nothing new. */
/** @template T @param {string} path @param {unknown} body @returns {Promise<{body: T, headers: Headers}>} */
export async function create(path, body) {
  const headers = { "Idempotency-Key": randomKey() };
  try {
    return await call(path, { method: "POST", body, headers });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 0) throw error;
    return call(path, { method: "POST", body, headers });
  }
}

/** @param {string} path @param {RequestInit} init @param {Promise<Response> | null} answer */
async function ask(path, init, answer) {
  try {
    return await (answer ?? fetch(path, init));
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Problem("offline", 0, texts.problems.offline);
  }
}

/** @param {Response} response */
async function bodyOf(response) {
  if (response.status === 204 || response.headers.get("Content-Length") === "0") return null;
  return response.headers.get("Content-Type")?.startsWith("application/json") ? response.json() : response.text();
}

/** @param {Response} response @returns {Promise<Problem>} */
async function problemOf(response) {
  const denial = response.headers.get("X-Matinee-Denial");
  try {
    const document = await response.json();
    const code = String(document.code ?? denial ?? "unknown");
    return new Problem(code, response.status, String(document.detail ?? document.title ?? texts.problems.unknown));
  } catch {
    // a gateway's own error page; the status is all there is
    return new Problem(denial ?? "unknown", response.status, texts.problems.status(response.status));
  }
}

/** A sentence for a person. @param {unknown} error */
export function sentence(error) {
  return error instanceof Error && error.message !== "" ? error.message : texts.problems.unknown;
}
