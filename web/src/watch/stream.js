/** Chooses how the stream is played. It must not know controls. */
import { Problem } from "../shared/api.js";

/** One thing a viewer may choose. @typedef {{index: number, name: string, language?: string, size?: number}} Choice */

/**
 * @typedef {object} Listener
 * @property {() => void} onchange qualities or tracks, or the choice among them, changed
 * @property {() => void} onheard the gate let something through
 * @property {(silent: boolean) => void} onsilence the network is gone; playback goes on by itself
 * @property {(name: string) => void} [onrendition] another quality is on the screen
 * @property {(problem: Problem) => void} onproblem it is over
 */

/** @typedef {import("./hls-stream.js").HlsStream | import("./native-stream.js").NativeStream} Stream */

/** @type {typeof import("./hls-stream.js").HlsStream | null} */
let engine = null; // hls.js, once it is here

/**
 * hls.js first: Chromium since 142 says "maybe" to native HLS, and only hls.js tells why a segment was refused.
 * Each is a file of its own: nobody fetches both.
 * @param {HTMLVideoElement} video @param {import("./session.js").Session} session @param {Listener} listener
 * @returns {Promise<Stream>} @throws {Problem} `codec` when the browser plays neither
 */
export async function openStream(video, session, listener) {
  if (engine !== null) return new engine(video, session, listener); // at once: its first request leaves before anything is drawn
  if (hasMediaSource()) return new (await import("./hls-stream.js")).HlsStream(video, session, listener);
  if (video.canPlayType("application/vnd.apple.mpegurl") === "") throw new Problem("codec", 0, "");
  return new (await import("./native-stream.js")).NativeStream(video, session, listener);
}

/**
 * Has hls.js fetched while the server is asked about the link: both take as long as a round trip, and one after the
 * other they are most of the wait for the first picture. Who is refused has fetched it for nothing.
 * Settles when it is there, or never will be: whoever opens the stream meets the failure.
 */
export async function prepareStream() {
  if (!hasMediaSource()) return;
  await import("./hls-stream.js").then(
    ({ HlsStream }) => (engine = HlsStream),
    () => null,
  );
}

/** What `Hls.isSupported()` asks, asked without loading hls.js. */
function hasMediaSource() {
  const source =
    /** @type {{ManagedMediaSource?: typeof MediaSource}} */ (globalThis).ManagedMediaSource ?? globalThis.MediaSource;
  const types = [
    'video/mp4; codecs="avc1.42E01E,mp4a.40.2"',
    'video/mp4; codecs="av01.0.01M.08"',
    'video/mp4; codecs="vp09.00.10.08"',
  ];
  return source !== undefined && types.some((type) => source.isTypeSupported(type));
}
