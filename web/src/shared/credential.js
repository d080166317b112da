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

/**
 * Whether a person may do what takes this scope, as far as their own token says: what to offer, not what is allowed, which
 * the API decides. A cookie is of the machine's one publisher, who may all, and of a token that says nothing only the API knows.
 * @param {"assets:write" | "spending:approve"} scope
 */
export function may(scope) {
  const kept = read();
  const claims = kept && claimsOf(kept.token);
  if (typeof claims?.scope !== "string") return true;
  return claims.scope.split(" ").some((each) => each.endsWith(scope)); // behind the prefix of the identity provider
}

/** @param {string} token @returns {{scope?: unknown} | null} */
function claimsOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null; // no JSON Web Token
  }
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
