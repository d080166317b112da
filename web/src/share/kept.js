/**
 * The session a share link has opened in this tab, so that a reload is no second view. It must not know players.
 * Session storage: closing the tab forgets it. In another site's frame the browser may refuse it; then a reload asks again.
 */

/** @param {string} share @returns {{token: string, asset: string} | null} */
export function kept(share) {
  try {
    return JSON.parse(sessionStorage.getItem(nameOf(share)) ?? "null");
  } catch {
    return null; // refused, or not ours
  }
}

/** @param {string} share @param {import("../watch/session.js").Session | null} session null forgets */
export function keep(share, session) {
  try {
    if (session === null) sessionStorage.removeItem(nameOf(share));
    else sessionStorage.setItem(nameOf(share), JSON.stringify({ token: session.token, asset: session.playback.asset_id }));
  } catch {
    // refused: the page works without memory
  }
}

/** @param {string} share */
function nameOf(share) {
  return `matinee.share.${share}`;
}
