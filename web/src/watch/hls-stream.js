/**
 * Plays through hls.js (Media Source Extensions). It must not know elements other than the video.
 * A refusal by the gate becomes a `Problem` here; silence of the network becomes `onsilence`, and is waited out.
 */
import Hls from "hls.js";
import { Problem } from "../shared/api.js";
import { codecName } from "../shared/format.js";
import { CaptionTracks } from "./caption-tracks.js";
import { CodecChoice } from "./codec-choice.js";
import { lineOf } from "./line.js";
import { qualityName, trackName } from "./names.js";
import { isPassing, refusalOf } from "./session.js";

/** @typedef {import("./stream.js").Choice} Choice */
/** @typedef {import("./stream.js").Listener} Listener */

const SILENCE_SECONDS = 3;
const AHEAD_SECONDS = 30; // what is loaded cannot be taken back when a link is revoked, and is paid for, watched or not
const RENEWALS_PER_REQUEST = 2;
const PAUSES_SECONDS = [0, 1, 3]; // before going on again; then, without a segment in between, it is over
const MEDIA_RECOVERIES = 2; // per minute; a film that breaks the decoder again and again is told to the viewer

const SLOW_LINE = 6_000_000; // bits per second; on a faster one hls.js begins with the best quality, and that is right
const BEGIN_WITH = 0.4; // of a slow line: the first segment then takes less than half as long to come as to watch

const CODEC_ERRORS = new Set([
  "manifestIncompatibleCodecsError",
  "bufferIncompatibleCodecsError",
  "bufferAddCodecError",
]);

export class HlsStream {
  /** @type {number[]} moments of the last recoveries, milliseconds */
  #recoveries = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #returns = 0; // since a segment of the kind that failed was loaded
  #failing = "main";
  #closed = false;

  /** @param {HTMLVideoElement} video @param {import("./session.js").Session} session @param {Listener} listener */
  constructor(video, session, listener) {
    this.session = session;
    this.listener = listener;
    this.hls = new Hls(this.#settings());
    this.codecs = new CodecChoice(this.hls);
    this.captionTracks = new CaptionTracks(this.hls, video);
    this.hls.on(Hls.Events.ERROR, (_, data) => this.#failed(data));
    this.hls.on(Hls.Events.FRAG_LOADED, (_, { frag }) => this.#heard(frag));
    const { MANIFEST_PARSED, LEVEL_SWITCHED, AUDIO_TRACKS_UPDATED, AUDIO_TRACK_SWITCHED } = Hls.Events;
    const { SUBTITLE_TRACKS_UPDATED, SUBTITLE_TRACK_SWITCH } = Hls.Events;
    for (const name of [MANIFEST_PARSED, LEVEL_SWITCHED, AUDIO_TRACKS_UPDATED, AUDIO_TRACK_SWITCHED])
      this.hls.on(name, () => listener.onchange());
    for (const name of [SUBTITLE_TRACKS_UPDATED, SUBTITLE_TRACK_SWITCH]) this.hls.on(name, () => listener.onchange());
    this.hls.on(LEVEL_SWITCHED, (_, { level }) => listener.onrendition?.(qualityName(this.hls.levels[level])));
    this.hls.attachMedia(video);
    this.hls.loadSource(session.playback.hls_url);
  }

  /** Somebody pressed play in vain: here the element itself goes on as soon as it can. */
  wanted() {}

  close() {
    this.#closed = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#pause);
    this.hls.destroy();
  }

  /** @returns {Choice[]} best first */
  qualities() {
    const levels = this.hls.levels
      .map((level, index) => ({ index, codec: codecName(level.videoCodec), name: qualityName(level), size: level.bitrate }))
      .filter(({ codec }) => codec === this.codecs.now); // the codec is a choice of its own
    return levels.sort((one, other) => other.size - one.size);
  }

  /** The chosen quality, -1 when automatic. */
  get quality() {
    return this.codecs.isAuto ? -1 : this.hls.nextLevel;
  }

  set quality(index) {
    this.codecs.forget();
    this.hls.nextLevel = index; // what plays goes on; the next segments are of the new quality
  }

  /** The index of the quality on the screen, -1 before the first. */
  get shownQuality() {
    return this.hls.currentLevel;
  }

  /** Of the quality on the screen, 0 when the playlist does not say. */
  get frameRate() {
    return this.hls.levels[this.hls.currentLevel]?.frameRate ?? 0;
  }

  /** @returns {Choice[]} */
  captions() {
    return this.hls.subtitleTracks.map((track, index) => ({
      index,
      name: trackName(track),
      language: track.lang ?? "",
    }));
  }

  /** The shown caption track, -1 for none. */
  get caption() {
    return this.captionTracks.shown;
  }

  set caption(index) {
    this.captionTracks.shown = index;
  }

  /** @returns {Choice[]} */
  audioTracks() {
    return this.hls.audioTracks.map((track, index) => ({ index, name: trackName(track), language: track.lang ?? "" }));
  }

  get audioTrack() {
    return this.hls.audioTrack;
  }

  set audioTrack(index) {
    this.hls.audioTrack = index;
  }

  #settings() {
    const { fragLoadPolicy, playlistLoadPolicy, manifestLoadPolicy } = Hls.DefaultConfig;
    const line = lineOf(import.meta.url);
    return {
      ...(line !== null && line < SLOW_LINE ? { abrEwmaDefaultEstimate: Math.round(line * BEGIN_WITH) } : {}),
      enableWorker: false, // our segments are fragmented MP4 and need no transmuxing; a worker would only copy them
      renderTextTracksNatively: false, // see CaptionTracks
      enableCEA708Captions: false, // Matinee writes WebVTT; the next three would make tracks with a `data:` address
      enableID3MetadataCues: false,
      enableEmsgMetadataCues: false,
      enableDateRangeMetadataCues: false,
      maxMaxBufferLength: AHEAD_SECONDS, // hls.js would go on to ten minutes
      backBufferLength: 60,
      capLevelToPlayerSize: true, // nobody pays for pixels that are not on the screen
      xhrSetup: async (/** @type {XMLHttpRequest} */ request, /** @type {string} */ url) => {
        await this.session.settled();
        request.open("GET", this.session.address(url), true);
      },
      fragLoadPolicy: this.#renewing(fragLoadPolicy),
      playlistLoadPolicy: this.#renewing(playlistLoadPolicy),
      manifestLoadPolicy: this.#renewing(manifestLoadPolicy),
    };
  }

  /** The policy, with one more reason to try again: a token that expired, which a renewal mends. */
  /** @param {{default: import("hls.js").LoaderConfig}} policy */
  #renewing({ default: policy }) {
    const base = policy.errorRetry ?? { maxNumRetry: RENEWALS_PER_REQUEST, retryDelayMs: 500, maxRetryDelayMs: 8000 };
    /** @type {NonNullable<import("hls.js").RetryConfig["shouldRetry"]>} */
    const shouldRetry = (_, count, __, response, retry) => {
      if (response?.code !== 401 || count >= RENEWALS_PER_REQUEST) return retry;
      this.session.renew().catch((error) => this.#refused(error));
      return true;
    };
    return { default: { ...policy, errorRetry: { ...base, shouldRetry } } };
  }

  /** @param {import("hls.js").ErrorData} data */
  #failed(data) {
    const network = data.type === Hls.ErrorTypes.NETWORK_ERROR;
    const refusal = network ? refusalOf(data.response?.code ?? 0, denialOf(data), data.fatal) : null;
    if (refusal !== null) this.#refused(refusal);
    else if (CODEC_ERRORS.has(data.details) && data.fatal) this.#refused(new Problem("codec", 0, ""));
    else if (!data.fatal) return;
    else if (network) this.#ask(data);
    else if (data.type === Hls.ErrorTypes.MEDIA_ERROR && this.#mayRecover()) this.hls.recoverMediaError();
    else this.#refused(new Problem("broken", 0, data.details));
  }

  /** The network gave up. A renewal tells which it is: refused (for good), silent (wait), or well again (go on). */
  /** @param {import("hls.js").ErrorData} data */
  async #ask(data) {
    this.#failing = data.frag?.type ?? data.parent ?? "main";
    try {
      await this.session.renew();
      this.#goOn(data);
    } catch (error) {
      if (error instanceof Problem && isPassing(error)) this.#waitOut(data);
      else this.#refused(error);
    }
  }

  /** A renewal that mends nothing must not make a flood of requests: each return waits longer, and the last is told. */
  /** @param {import("hls.js").ErrorData} data */
  #goOn(data) {
    if (this.#closed || this.#pause !== undefined) return;
    const seconds = PAUSES_SECONDS[this.#returns++];
    if (seconds === undefined) {
      this.#refused(new Problem(denialOf(data) ?? "broken", data.response?.code ?? 0, data.details));
      return;
    }
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.hls.levels.length === 0) this.hls.loadSource(this.session.playback.hls_url);
      else this.hls.startLoad();
    }, seconds * 1000);
  }

  /** @param {import("hls.js").ErrorData} data */
  #waitOut(data) {
    if (this.#closed) return;
    this.listener.onsilence(true);
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#ask(data), SILENCE_SECONDS * 1000);
  }

  /** @param {import("hls.js").Fragment} fragment */
  #heard(fragment) {
    // The first that comes is the first that is shown; hls.js says so only when the film has moved for a while.
    if (fragment.type === "main" && this.hls.currentLevel < 0) this.listener.onrendition?.(qualityName(this.hls.levels[fragment.level]));
    if (fragment.type === this.#failing) this.#returns = 0;
    clearTimeout(this.#silence);
    this.listener.onheard();
    this.listener.onsilence(false);
  }

  #mayRecover() {
    const now = Date.now();
    this.#recoveries = [...this.#recoveries.filter((moment) => now - moment < 60_000), now];
    return this.#recoveries.length <= MEDIA_RECOVERIES;
  }

  /** @param {unknown} error */
  #refused(error) {
    if (this.#closed || (error instanceof Problem && error.code === "offline")) return;
    this.listener.onproblem(error instanceof Problem ? error : new Problem("broken", 0, String(error)));
  }
}

/** The gate's word for its refusal, null from anybody else. @param {import("hls.js").ErrorData} data */
function denialOf(data) {
  const request = /** @type {XMLHttpRequest | null} */ (data.networkDetails);
  return request?.getResponseHeader?.("X-Matinee-Denial") ?? null;
}
