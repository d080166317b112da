/**
 * What happens in the player, for whoever counts it. It must not know who listens, and nothing that listens may throw
 * into the film: an `EventTarget` sees to that.
 *
 * | event | detail | when |
 * |---|---|---|
 * | `open` | – | the player stands and the stream is being asked for |
 * | `playing` | – | the film moves, at first or again |
 * | `waiting` | – | it has run dry, though nobody paused it |
 * | `pause`, `seeking`, `ended` | – | as the video says |
 * | `rendition` | `{name}` | another quality is on the screen |
 * | `problem` | `{code}` | it is over: the code of the refusal, `codec` or `broken` |
 * | `close` | – | the player goes; the last chance to tell anything |
 *
 * The video's own state (`currentTime`, `playbackRate`) is the player's `video`.
 */
export class Signals extends EventTarget {
  /** @param {string} name @param {Record<string, unknown>} [detail] */
  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Passes on what the video says itself. @param {HTMLVideoElement} video @param {AbortSignal} signal */
  follow(video, signal) {
    for (const name of ["playing", "pause", "seeking", "ended"])
      video.addEventListener(name, () => this.tell(name), { signal });
    const dry = () => !video.paused && !video.seeking && video.readyState < video.HAVE_FUTURE_DATA && this.tell("waiting");
    video.addEventListener("waiting", dry, { signal });
  }
}
