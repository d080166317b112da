/**
 * What the line brings, by the largest file of this page, hls.js itself, so that on a slow line a film begins with a
 * quality whose first segment comes soon. It must not know streams.
 */

const LEAST_BYTES = 100_000; // of a smaller file the latency is most of the time

/** Bits per second; null when the file came from the browser's cache, or nothing is known. @param {string} address */
export function lineOf(address) {
  const [entry] = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByName(address, "resource"));
  if (entry === undefined || entry.transferSize < LEAST_BYTES) return null;
  const seconds = (entry.responseEnd - entry.responseStart) / 1000;
  return seconds > 0 ? (entry.transferSize * 8) / seconds : null;
}
