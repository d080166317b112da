/**
 * SHA-256 of parts, reckoned by a worker so that the page never halts. It must not know what the sums are for.
 */
import { Problem } from "../shared/api.js";
import { trustedScript } from "../shared/trusted.js";
import { texts } from "../texts.js";
import workerAddress from "./hash-worker.js?worker&url";

/** @type {Worker | null} */
let worker = null;
let asked = 0;
/** @type {Map<number, (answer: {sum?: string, error?: string}) => void>} */
const waiting = new Map();

/** @param {Blob} part @returns {Promise<string>} base64, as the store compares it @throws {Problem} `file_changed` */
export async function sumOf(part) {
  const id = ++asked;
  const answer = await new Promise((resolve) => {
    waiting.set(id, resolve);
    theWorker().postMessage({ id, part });
  });
  if (answer.sum === undefined) throw new Problem("file_changed", 1, texts.upload.changed);
  return answer.sum;
}

function theWorker() {
  if (worker !== null) return worker;
  worker = new Worker(trustedScript(workerAddress), { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  });
  worker.addEventListener("error", () => {
    for (const answer of waiting.values()) answer({ error: "worker" });
    waiting.clear();
    worker = null;
  });
  return worker;
}
