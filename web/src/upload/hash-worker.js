/** Sums parts of files, beside the page and not in it. It must not know uploads: a blob in, SHA-256 in base64 out. */

addEventListener("message", async (event) => {
  const { id, part } = /** @type {{id: number, part: Blob}} */ (event.data);
  try {
    const digest = await crypto.subtle.digest("SHA-256", await part.arrayBuffer());
    postMessage({ id, sum: btoa(String.fromCharCode(...new Uint8Array(digest))) });
  } catch (error) {
    postMessage({ id, error: String(error) }); // the file changed on the disk, or went with its drive
  }
});
