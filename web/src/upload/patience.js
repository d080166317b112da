/** Waiting for a line that went away. It must not know what is asked over it. */
import { Problem } from "../shared/api.js";

const LONGEST_SECONDS = 30;
const PASSING = new Set([0, 429, 502, 503, 504]); // nobody answered, or somebody asked for patience

/** @param {unknown} error */
export function isPassing(error) {
  return error instanceof Problem && PASSING.has(error.status);
}

/**
 * Asks until something other than silence comes back. @template T @param {() => Promise<T>} task
 * @param {AbortSignal} signal @param {(silent: boolean) => void} onsilence @returns {Promise<T>}
 */
export async function patiently(task, signal, onsilence) {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      const answer = await task();
      onsilence(false);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      onsilence(true);
      await backOff(tries, signal);
    }
  }
}

/** Waits 1, 2, 4 … 30 s; less when the connection comes back. @param {number} tries @param {AbortSignal} signal */
export async function backOff(tries, signal) {
  signal.throwIfAborted();
  const waits = new AbortController();
  await new Promise((resolve) => {
    const options = { once: true, signal: waits.signal };
    addEventListener("online", resolve, options);
    signal.addEventListener("abort", resolve, options);
    // a browser that knows it is offline says when it is not
    if (navigator.onLine) setTimeout(resolve, Math.min(LONGEST_SECONDS, 0.5 * 2 ** tries) * 1000);
  });
  waits.abort();
  signal.throwIfAborted();
}
