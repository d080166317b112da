/** What a playback token says of itself, unverified: only the server can say whether it is true. It must not know requests. */

/** @param {string} token @returns {{jti?: unknown, nbf?: unknown} | null} null when it cannot be read */
export function claimsOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null; // not base64url, not JSON, not three parts: all the same to a viewer
  }
}

/** The session it belongs to, `jti`; null when it names none. @param {string} token */
export function sessionIdOf(token) {
  const id = claimsOf(token)?.jti;
  return typeof id === "string" && id !== "" ? id : null;
}
