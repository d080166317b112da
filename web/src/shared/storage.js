/** What the browser remembers for this address. It must not know what is remembered. Private windows may refuse: then nothing is. */

/** @param {string} name @returns {string | null} */
export function recall(name) {
  try {
    return localStorage.getItem(`matinee.${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string | null} value null forgets */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(`matinee.${name}`);
    else localStorage.setItem(`matinee.${name}`, value);
  } catch {
    // storage is full or refused; the page works without memory
  }
}
