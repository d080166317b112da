/**
 * Tells the server what was watched (docs/insight.md). It must not know how a film is played, and must never be in a
 * film's way: it listens to the player's signals, sends in the background, and lets what is lost be lost.
 */
import { randomKey } from "../shared/random.js";

const EVERY_MS = 30_000;
const LEAST_MS = 1000; // of a quality that a beacon of its own is worth
const HUNDREDTHS = 100;
const RENDITION = /^(?:\d{2,4}p(?:-(?:hevc|av1))?|source|audio)$/;
/** What the player calls a refusal, in the words of a beacon. @type {Record<string, string>} */
const KINDS = {
  offline: "network",
  unreachable: "network",
  codec: "unsupported",
  token_expired: "expired",
  session_ended: "expired",
  session_revoked: "revoked",
  asset_deleted: "missing",
  asset_not_found: "missing",
  broken: "decode",
};

export class Beacons {
  #view = randomKey();
  #number = 0;
  /** When what runs now began, in milliseconds of the page's clock; 0 while it does not. */
  #moving = 0;
  #dry = 0;
  #wanted = 0;
  #started = false;
  #closed = false;
  /** What is new since the last beacon, and what the whole view came to. */
  #news = blank();
  #total = { watched: 0, stalled: 0 };
  #seen = new Set();
  /** The hundredth shown last, while the film runs on from there; −1 after a seek. */
  #at = -1;
  #rendition = "";

  /** @param {import("./player.js").Player} player */
  constructor(player) {
    this.player = player;
    const { signals, video } = player;
    video.addEventListener("play", () => this.#want());
    video.addEventListener("timeupdate", () => this.#look());
    signals.addEventListener("playing", () => this.#moves());
    signals.addEventListener("waiting", () => this.#runsDry());
    signals.addEventListener("pause", () => this.#count());
    signals.addEventListener("seeking", () => this.#jumps());
    signals.addEventListener("ended", () => this.#ends());
    signals.addEventListener("rendition", (event) => this.#changes(detail(event).name));
    signals.addEventListener("problem", (event) => this.#fails(detail(event).code));
    signals.addEventListener("close", () => this.#close());
    this.timer = setInterval(() => this.#send(), EVERY_MS);
    this.hidden = () => document.visibilityState === "hidden" && this.#send();
    this.leaving = () => this.#close();
    document.addEventListener("visibilitychange", this.hidden);
    addEventListener("pagehide", this.leaving);
  }

  #want() {
    if (!this.#started && this.#wanted === 0) this.#wanted = performance.now();
  }

  #moves() {
    this.#count();
    this.#moving = performance.now();
    if (this.#started) return;
    this.#started = true;
    this.#news.startup = this.#wanted === 0 ? null : Math.round(this.#moving - this.#wanted);
    this.#send(); // a view counts from its first picture
  }

  #runsDry() {
    this.#count();
    if (!this.#started) return; // that is starting up
    this.#dry = performance.now();
    this.#news.stalls += 1;
  }

  #jumps() {
    this.#count();
    this.#at = -1;
  }

  #ends() {
    this.#count();
    this.#news.ended = true;
    this.#send();
  }

  /** @param {unknown} name */
  #changes(name) {
    const soFar = this.#news.watched + (this.#moving > 0 ? performance.now() - this.#moving : 0);
    // What was watched so far belongs to the one before. A beacon at the heels of another may overtake it, and that one,
    // which tells of the start, would count for nothing.
    if (soFar > LEAST_MS) this.#send();
    this.#rendition = typeof name === "string" && RENDITION.test(name) ? name : "";
  }

  /** @param {unknown} code */
  #fails(code) {
    this.#count();
    this.#news.error = KINDS[String(code)] ?? "other";
    this.#send();
  }

  /** Which hundredths of the film were on the screen: browsers tell four times a second, a short film has more. */
  #look() {
    const { currentTime, paused, seeking } = this.player.video;
    const { duration } = this.player;
    if (paused || seeking || duration <= 0) return;
    const at = Math.min(Math.floor((currentTime / duration) * HUNDREDTHS), HUNDREDTHS - 1);
    for (let each = this.#at < 0 || this.#at > at ? at : this.#at; each <= at; each += 1) {
      if (!this.#seen.has(each)) this.#news.seen.push(each);
      this.#seen.add(each);
    }
    this.#at = at;
  }

  /** What moved, or stood still, until now. */
  #count() {
    const now = performance.now();
    if (this.#moving > 0) this.#news.watched += now - this.#moving;
    if (this.#dry > 0) this.#news.stalled += now - this.#dry;
    this.#moving = 0;
    this.#dry = 0;
  }

  #close() {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.hidden);
    removeEventListener("pagehide", this.leaving);
    this.#send();
  }

  #send() {
    const [moving, dry] = [this.#moving > 0, this.#dry > 0];
    this.#count();
    if (moving) this.#moving = performance.now();
    if (dry) this.#dry = performance.now();
    const news = this.#news;
    if (!this.#started && news.error === null) return; // nothing was watched, and nothing went wrong
    this.#total.watched += news.watched;
    this.#total.stalled += news.stalled;
    this.#news = blank();
    this.#number += 1;
    const beacon = {
      token: this.player.session.token,
      view: this.#view,
      number: this.#number,
      watched_ms: whole(news.watched),
      stalls: news.stalls,
      stalled_ms: whole(news.stalled),
      seen: news.seen,
      ended: news.ended,
      ...(news.startup === null ? {} : { startup_ms: whole(news.startup) }),
      ...(news.error === null ? {} : { error: news.error }),
      ...(this.#rendition === "" ? {} : { rendition: this.#rendition }),
      ...(this.#closed ? { view_watched_ms: Math.round(this.#total.watched) } : {}),
      ...(this.#closed ? { view_stalled_ms: Math.round(this.#total.stalled) } : {}),
    };
    navigator.sendBeacon?.("/v1/beacons", new Blob([JSON.stringify(beacon)], { type: "application/json" }));
  }
}

/** @returns {{watched: number, stalls: number, stalled: number, startup: number | null, seen: number[], error: string | null, ended: boolean}} */
function blank() {
  return { watched: 0, stalls: 0, stalled: 0, startup: null, seen: [], error: null, ended: false };
}

/** A beacon speaks of ten minutes at most; a page that slept for longer was not watched. @param {number} ms */
function whole(ms) {
  return Math.min(Math.round(ms), 600_000);
}

/** @param {Event} event @returns {Record<string, unknown>} */
function detail(event) {
  return event instanceof CustomEvent ? event.detail : {};
}
