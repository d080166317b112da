/** Which tab has an upload in its hands. It must not know how uploads are sent. */

/** @type {Set<string>} */
const ours = new Set();

/** False when another tab of this browser has it; until this one goes, it is ours. @param {string} upload @returns {Promise<boolean>} */
export function hold(upload) {
  if (navigator.locks === undefined || ours.has(upload)) return Promise.resolve(true); // plain HTTP: nobody can tell
  return new Promise((resolve) => {
    navigator.locks.request(`matinee.upload.${upload}`, { ifAvailable: true }, (lock) => {
      if (lock !== null) ours.add(upload);
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    });
  });
}
