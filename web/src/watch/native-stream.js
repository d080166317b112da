/**
 * Plays HLS by the browser's own player, where there is no Media Source Extensions (iPhones before iOS 17.1).
 * It must not know elements other than the video. The browser hides segments' answers, so an error asks the server why.
 */
import { Problem } from "../shared/api.js";
import { trackName } from "./names.js";
import { isPassing } from "./session.js";

/** @typedef {import("./stream.js").Choice} Choice */

const SILENCE_SECONDS = 3;
const RELOADS = 5; // without a second of film in between

export class NativeStream {
  quality = -1;
  shownQuality = -1;
  audioTrack = -1;
  frameRate = 0;
  #reloads = 0;
  #closed = false;

  /** @param {HTMLVideoElement} video @param {import("./session.js").Session} session @param {import("./stream.js").Listener} listener */
  constructor(video, session, listener) {
    this.video = video;
    this.session = session;
    this.listener = listener;
    video.addEventListener("error", this.#failed);
    video.addEventListener("timeupdate", this.#moved);
    video.textTracks.addEventListener("addtrack", listener.onchange);
    video.textTracks.addEventListener("change", listener.onchange);
    video.src = session.playback.hls_url;
  }

  close() {
    this.#closed = true;
    this.video.removeEventListener("error", this.#failed);
    this.video.removeEventListener("timeupdate", this.#moved);
    this.video.removeAttribute("src");
    this.video.load();
  }

  /** The browser chooses. @returns {Choice[]} */
  qualities() {
    return [];
  }

  /** @returns {Choice[]} */
  audioTracks() {
    return [];
  }

  /** @returns {Choice[]} */
  captions() {
    return this.#tracks().map(({ label, language }, index) => ({
      index,
      name: trackName({ name: label, lang: language }),
      language,
    }));
  }

  get caption() {
    return this.#tracks().findIndex((track) => track.mode === "showing");
  }

  set caption(index) {
    this.#tracks().forEach((track, at) => {
      track.mode = at === index ? "showing" : "disabled";
    });
  }

  #tracks() {
    return [...this.video.textTracks].filter((track) => track.kind === "subtitles" || track.kind === "captions");
  }

  #moved = () => {
    this.#reloads = 0;
    this.listener.onsilence(false);
  };

  #failed = async () => {
    try {
      this.#reloads += 1;
      if (this.#reloads > RELOADS) throw new Problem("codec", 0, "");
      await this.session.renew();
      if (!this.#closed) this.#reload();
    } catch (error) {
      if (this.#closed) return;
      if (error instanceof Problem && isPassing(error) && error.code !== "codec") this.#waitOut();
      else this.listener.onproblem(error instanceof Problem ? error : new Problem("broken", 0, String(error)));
    }
  };

  #waitOut() {
    this.#reloads = 0;
    this.listener.onsilence(true);
    setTimeout(() => !this.#closed && this.#failed(), SILENCE_SECONDS * 1000);
  }

  /** The new token's address, at the same moment of the film. */
  #reload() {
    const { currentTime, paused } = this.video;
    this.video.src = this.session.playback.hls_url;
    const goOn = () => {
      this.video.currentTime = currentTime;
      if (!paused) this.video.play().catch(() => null);
    };
    this.video.addEventListener("loadedmetadata", goOn, { once: true });
  }
}
