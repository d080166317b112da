/**
 * Signing in at an identity provider: the authorization code flow with PKCE (RFC 7636) of a public client, in this tab.
 * Which provider, `/settings.json` tells. It must not know pages or the API.
 */
import { forgetCredential, keepCredential } from "./credential.js";

/**
 * @typedef {object} Issuer
 * @property {"oidc"} sign_in
 * @property {string} issuer
 * @property {string} client_id
 * @property {string} scopes
 * @property {string} [authorization_endpoint]
 * @property {string} [token_endpoint]
 * @property {string} [end_session_endpoint]
 */

/** @typedef {{state: string, verifier: string, to: string, at: number}} Begun */

const NAME = "matinee.signin";
const AGAIN_SECONDS = 30;

/** The deployment's provider, or null where the API token signs in. @returns {Promise<Issuer | null>} */
export async function issuerOf() {
  const answer = await fetch("/settings.json", { credentials: "omit", cache: "no-cache" });
  const settings = answer.ok ? await answer.json() : {};
  if (settings.sign_in !== "oidc") return null;
  if (settings.authorization_endpoint && settings.token_endpoint) return settings;
  const found = await fetch(`${settings.issuer}/.well-known/openid-configuration`, { credentials: "omit" });
  return { ...(await found.json()), ...settings };
}

/** Whether a sign-in has just been begun: begun again at once, it would go in circles. */
export function justBegun() {
  const begun = recallBegun();
  return begun !== null && Date.now() - begun.at < AGAIN_SECONDS * 1000;
}

/** Sends the browser to the provider; `to` is where the person was going. @param {Issuer} issuer @param {string} to */
export async function begin(issuer, to) {
  const begun = { state: random(), verifier: random(), to: local(to), at: Date.now() };
  sessionStorage.setItem(NAME, JSON.stringify(begun));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(begun.verifier));
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: issuer.client_id,
    redirect_uri: callback(),
    scope: issuer.scopes,
    state: begun.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.assign(`${issuer.authorization_endpoint}?${asked}`);
}

/**
 * What the provider answered, in the address of `/callback`; where the person was going. Throws when it refused, or
 * when the answer is none to a question of this tab.
 * @param {Issuer} issuer @param {URLSearchParams} answered @returns {Promise<string>}
 */
export async function finish(issuer, answered) {
  const begun = recallBegun();
  const code = answered.get("code");
  if (begun === null || code === null || answered.get("state") !== begun.state) {
    throw new Error(answered.get("error_description") ?? "");
  }
  const response = await fetch(issuer.token_endpoint ?? "", {
    method: "POST",
    credentials: "omit",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: issuer.client_id,
      code,
      redirect_uri: callback(),
      code_verifier: begun.verifier,
    }),
  });
  if (!response.ok) throw new Error("");
  const given = await response.json();
  keepCredential(given.access_token, given.expires_in);
  return begun.to;
}

/** Forgets the person here, and at the provider where it has a place for that. */
export async function signOut() {
  forgetCredential();
  const issuer = await issuerOf().catch(() => null);
  const back = `${location.origin}/signin`;
  if (!issuer?.end_session_endpoint) return location.assign(back);
  const asked = new URLSearchParams({ client_id: issuer.client_id, logout_uri: back, post_logout_redirect_uri: back });
  return location.assign(`${issuer.end_session_endpoint}?${asked}`);
}

function callback() {
  return `${location.origin}/callback`;
}

/** Only places of our own. @param {string} to */
function local(to) {
  return /^\/(?![/\\])/.test(to) ? to : "/";
}

/** 43 characters of 256 bits (RFC 7636, 4.1). */
function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @returns {Begun | null} */
function recallBegun() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? "null");
  } catch {
    return null;
  }
}
