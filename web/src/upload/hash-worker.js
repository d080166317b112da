/**
 * Sums parts of files, beside the page and not in it. It must not know uploads: a blob in, SHA-256 in base64 out.
 * The browser's own SHA-256 exists over HTTPS and on the machine itself only; elsewhere a library's, a fifth as fast.
 */
import { sha256 } from "@noble/hashes/sha2.js";

addEventListener("message", async (event) => {
  const { id, part } = /** @type {{id: number, part: Blob}} */ (event.data);
  try {
    postMessage({ id, sum: btoa(String.fromCharCode(...(await digest(await part.arrayBuffer())))) });
  } catch (error) {
    postMessage({ id, error: String(error) }); // the file changed on the disk, or went with its drive
  }
});

/** @param {ArrayBuffer} bytes @returns {Promise<Uint8Array>} */
async function digest(bytes) {
  if (crypto.subtle === undefined) return sha256(new Uint8Array(bytes));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
