/** Says before an upload what its ingest would cost. It must not know elements of the page; prices, the server knows. */
import { call } from "../shared/api.js";
import { dollars } from "../shared/format.js";
import { texts } from "../texts.js";

/** @typedef {{duration_seconds: number, width?: number, height?: number}} Shape */
/**
 * @typedef {object} Spending
 * @property {{usd: number, usd_a_month: number} | null} film null when none was asked about
 * @property {{code: string, message: string} | null} waits why its ingest would wait
 * @property {string} month `2026-03`, in UTC
 * @property {number} runs
 * @property {number} minutes
 * @property {number} usd
 * @property {number} limit_minutes_a_month 0, here and below: no limit
 * @property {number} limit_hours_stored
 * @property {number} limit_usd_a_film
 */

const LOOK_MS = 15_000; // a file on a slow drive; what is not known by then matters no more

/** One look at a time: a browser opens some dozens of players in a page, and a folder may hold more. */
/** @type {Promise<unknown>} */
let turn = Promise.resolve();

/** Price and waits of the file, or null where the browser or the server cannot tell. @param {File} file */
export function costOf(file) {
  const mine = turn.then(() => ask(file)).catch(() => null);
  turn = mine;
  return mine;
}

/** @param {Spending} spending @param {boolean} held its ingest waits, and says so itself */
export function costText({ film, waits }, held) {
  const price = film === null ? "" : texts.upload.cost(dollars(film.usd));
  return waits === null || held ? price : `${price} ${waits.message}`;
}

/** @param {File} file @returns {Promise<Spending | null>} */
async function ask(file) {
  const shape = await shapeOf(file);
  if (shape === null) return null;
  const asked = new URLSearchParams({ size_bytes: String(file.size) });
  for (const [name, value] of Object.entries(shape)) asked.set(name, String(value));
  return /** @type {{body: Spending}} */ (await call(`/v1/cost?${asked}`)).body;
}

/** @param {File} file @returns {Promise<Shape | null>} */
async function shapeOf(file) {
  const video = document.createElement("video");
  video.preload = "metadata";
  const address = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      video.addEventListener("loadedmetadata", resolve, { once: true });
      video.addEventListener("error", reject, { once: true });
      setTimeout(reject, LOOK_MS);
      video.src = address;
    });
    return shaped(video, file.type.startsWith("audio/"));
  } catch {
    return null; // a container or a codec that this browser does not know
  } finally {
    video.removeAttribute("src");
    video.load(); // lets go of the file
    URL.revokeObjectURL(address);
  }
}

/** A film without a picture here may have one that this browser cannot decode: it is not priced as a sound. */
/** @param {HTMLVideoElement} video @param {boolean} sound @returns {Shape | null} */
function shaped({ duration, videoWidth, videoHeight }, sound) {
  if (!Number.isFinite(duration) || duration <= 0) return null;
  if (videoWidth > 0) return { duration_seconds: duration, width: videoWidth, height: videoHeight };
  return sound ? { duration_seconds: duration } : null;
}
