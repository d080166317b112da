/**
 * Asks the gate whether this session still stands, when nothing else has asked for a while. It must not know streams.
 *
 * A revoked session is met by the next segment. When the rest of the film is loaded there is no next segment, and a
 * browser's own player hides what its segments answer: without this, a short film would play on after its link was taken back.
 */
import { Problem } from "../shared/api.js";
import { isPassing, refusalOf } from "./session.js";

const QUIET_SECONDS = 8; // longer than a segment (6 s): a stream that loads costs no extra request

export class Heartbeat {
  #last = performance.now();

  /** @param {import("./session.js").Session} session @param {(problem: Problem) => void} onproblem */
  constructor(session, onproblem) {
    this.session = session;
    this.onproblem = onproblem;
  }

  /** The gate just let something through. */
  heard() {
    this.#last = performance.now();
  }

  /** Called while the film plays, as often as one likes. */
  async beat() {
    if (performance.now() - this.#last >= QUIET_SECONDS * 1000) await this.ask();
  }

  /** Asks now: at the end of a film, before it may be played again from what is loaded. */
  async ask() {
    this.heard();
    try {
      await this.#look();
    } catch (error) {
      if (error instanceof Problem && !isPassing(error)) this.onproblem(error);
    }
  }

  /** @throws {Problem} why it is over; TypeError when nothing answered, which is for the stream to notice */
  async #look() {
    await this.session.settled();
    const address = this.session.address(this.session.playback.hls_url);
    const answer = await fetch(address, { method: "HEAD", cache: "no-store", credentials: "omit" });
    const refusal = refusalOf(answer.status, answer.headers.get("X-Matinee-Denial"), false); // what is loaded may play on
    if (refusal !== null) throw refusal;
    if (answer.status === 401 || answer.status === 403) await this.session.renew();
  }
}
