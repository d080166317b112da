/** One PUT of one part with progress. It must not know uploads. XMLHttpRequest, because `fetch` tells no upload progress. */
import { Problem } from "../shared/api.js";
import { texts } from "../texts.js";

const STILL_SECONDS = 60; // a connection that moved nothing for so long is dead, whatever the system says

/** Headers a browser sets by itself and forbids a page to set (Fetch standard, "forbidden request-header"). */
const FORBIDDEN = new Set(["host", "content-length", "connection"]);

/**
 * @param {import("./links.js").PartLink} link @param {Blob} part @param {AbortSignal} signal
 * @param {(sent: number) => void} onprogress bytes of this part so far @returns {Promise<void>}
 */
export function putPart(link, part, signal, onprogress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let stillTimer = setTimeout(stop, STILL_SECONDS * 1000);
    const finish = (/** @type {() => void} */ settle) => {
      clearTimeout(stillTimer);
      signal.removeEventListener("abort", stop);
      removeEventListener("offline", stop);
      settle();
    };
    request.open("PUT", link.url);
    for (const [name, value] of Object.entries(link.headers)) {
      if (!FORBIDDEN.has(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => {
      clearTimeout(stillTimer);
      stillTimer = setTimeout(stop, STILL_SECONDS * 1000);
      onprogress(event.loaded);
    };
    request.onload = () => finish(() => (request.status < 300 ? resolve() : reject(refusal(link, request.status))));
    request.onerror = () => finish(() => reject(new Problem("offline", 0, texts.problems.offline)));
    request.onabort = () => finish(() => reject(signal.reason ?? new Problem("offline", 0, texts.problems.offline)));
    signal.addEventListener("abort", stop, { once: true });
    addEventListener("offline", stop, { once: true }); // a request on a line that is gone hangs until it times out
    request.send(part);
  });
}

/** @param {import("./links.js").PartLink} link @param {number} status */
function refusal(link, status) {
  return new Problem("part_refused", status, texts.upload.refusedPart(link.number, status));
}
