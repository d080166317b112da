/**
 * The access token of a person signed in by an identity provider, for this tab alone: session storage, never local, so
 * that closing the tab ends it. On one machine there is none: a cookie signs in, which no script can read.
 * It must not know where tokens come from.
 */

const NAME = "matinee.access";
const EARLY_SECONDS = 30; // of its life: a request under way must still arrive in time

/** What a request to the API carries; nothing when nobody is signed in this way. @returns {Record<string, string>} */
export function credential() {
  const kept = read();
  return kept === null ? {} : { Authorization: `Bearer ${kept.token}` };
}

export function hasCredential() {
  return read() !== null;
}

/** @param {string} token @param {number} seconds its life */
export function keepCredential(token, seconds) {
  sessionStorage.setItem(NAME, JSON.stringify({ token, ends: Date.now() + (seconds - EARLY_SECONDS) * 1000 }));
}

export function forgetCredential() {
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // storage is refused: then nothing was kept
  }
}

/** @returns {{token: string, ends: number} | null} */
function read() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME) ?? "null");
    return kept !== null && kept.ends > Date.now() ? kept : null;
  } catch {
    return null; // storage is refused, or somebody wrote something else there
  }
}
