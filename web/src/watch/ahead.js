/**
 * Asks for the session of the link in the address while the rest of the page is still on its way: a file of its own, the
 * first that the page names. It must not know what the answer is for, and imports next to nothing.
 */
import { sessionIdOf } from "./claims.js";

/** @type {Promise<Response> | null} */
let answer = null;

/** The request that renews a token. @param {string} session @param {string} token */
export function renewal(session, token) {
  const path = `/v1/playback/${encodeURIComponent(session)}/renew`;
  return { path, method: "POST", headers: { Authorization: `Bearer ${token}` } };
}

function ask() {
  const token = location.hash.slice(1);
  const session = sessionIdOf(token);
  if (session === null) return;
  const { path, ...request } = renewal(session, token);
  answer = fetch(path, { ...request, credentials: "same-origin", cache: "no-store" });
  answer.catch(() => null); // whoever takes it meets the failure
}

/** The answer that is on its way; to the first who asks, since a second try means to ask again. */
export function takeAnswer() {
  const taken = answer;
  answer = null;
  return taken;
}

ask();
