/**
 * The one policy by which these pages make a script of an address (Trusted Types, W3C): a worker of their own build, and
 * nothing else. It must not know what the worker does. Browsers without Trusted Types take the address as it is.
 */

/** @typedef {{createScriptURL(address: string): URL}} Policy a TrustedScriptURL, which the type checker's DOM does not know */

const OWN = /^\/static\/[\w.-]+\.js$/;

const factory = /** @type {{trustedTypes?: {createPolicy(name: string, rules: object): Policy}}} */ (globalThis).trustedTypes;
const policy = factory?.createPolicy("matinee", { createScriptURL: own });

/** @param {string} address @returns {URL | string} @throws {TypeError} for what is not ours */
export function trustedScript(address) {
  return policy === undefined ? own(address) : policy.createScriptURL(address);
}

/** @param {string} address */
function own(address) {
  const { origin, pathname, search } = new URL(address, location.href);
  if (origin !== location.origin || search !== "" || !OWN.test(pathname)) throw new TypeError(`${address} is no script of these pages`);
  return pathname;
}
