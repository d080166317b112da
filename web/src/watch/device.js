/**
 * What the device offers around a film: a screen that stays awake, media keys, another screen to play on.
 * It must not know streams. Each of these may be missing or refused; then the film plays without it.
 */

/** The screen stays awake while the film moves. @param {HTMLVideoElement} video @param {AbortSignal} signal */
export function keepAwake(video, signal) {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let wanted = false;
  const follow = async () => {
    const moving = !video.paused && !video.ended && !signal.aborted && document.visibilityState === "visible";
    if (moving === wanted) return;
    wanted = moving;
    if (!moving) return lock?.release().catch(() => null);
    try {
      lock = (await navigator.wakeLock?.request("screen")) ?? null;
      if (!wanted) await lock?.release(); // paused while the browser thought about it
    } catch {
      wanted = false; // low battery, or the browser will not; the next change asks again
    }
  };
  for (const name of ["play", "pause", "ended"]) video.addEventListener(name, follow, { signal });
  document.addEventListener("visibilitychange", follow, { signal }); // the browser lets go of it in the background
  signal.addEventListener("abort", follow);
}

/** Lock screens, headsets and media keys. @param {import("./player.js").Player} player @param {AbortSignal} signal */
export function listenToMediaKeys(player, signal) {
  if (!("mediaSession" in navigator)) return;
  const session = navigator.mediaSession;
  const { video } = player;
  const { title = "", poster_url: poster } = player.session.playback;
  session.metadata = new MediaMetadata({ title, artwork: poster ? [{ src: poster }] : [] });
  /** @type {[MediaSessionAction, MediaSessionActionHandler][]} */
  const handlers = [
    ["play", () => video.play().catch(() => null)],
    ["pause", () => video.pause()],
    ["seekbackward", ({ seekOffset }) => player.skip(-(seekOffset ?? 10))],
    ["seekforward", ({ seekOffset }) => player.skip(seekOffset ?? 10)],
    ["seekto", ({ seekTime }) => seekTime !== undefined && seekTime !== null && player.seek(seekTime)],
    ["previoustrack", () => player.toChapter(-1)],
    ["nexttrack", () => player.toChapter(1)],
  ];
  const set = (/** @type {boolean} */ on) => {
    for (const [action, handler] of handlers) {
      try {
        session.setActionHandler(action, on ? handler : null);
      } catch {
        // an action this browser does not know
      }
    }
  };
  const place = () => {
    const { duration, playbackRate, currentTime } = video;
    if (!Number.isFinite(duration) || duration <= 0) return;
    session.setPositionState?.({ duration, playbackRate, position: Math.min(currentTime, duration) });
  };
  set(true);
  for (const name of ["durationchange", "ratechange", "seeked", "playing", "pause"])
    video.addEventListener(name, place, { signal });
  signal.addEventListener("abort", () => {
    set(false);
    session.metadata = null;
  });
}

/** @typedef {HTMLVideoElement & {webkitShowPlaybackTargetPicker?: () => void}} AppleVideo */

/**
 * Whether the film could play on another screen (AirPlay, Cast), as often as that changes. What is fed through Media
 * Source Extensions stays here in most browsers; they then say no by themselves.
 * @param {HTMLVideoElement} video @param {(there: boolean) => void} tell @param {AbortSignal} signal
 */
export function watchScreens(video, tell, signal) {
  if ("WebKitPlaybackTargetAvailabilityEvent" in globalThis) {
    video.setAttribute("x-webkit-airplay", "allow");
    const changed = (/** @type {Event} */ event) =>
      tell(/** @type {Event & {availability?: string}} */ (event).availability === "available");
    video.addEventListener("webkitplaybacktargetavailabilitychanged", changed, { signal });
    return;
  }
  video.remote?.watchAvailability((there) => !signal.aborted && tell(there)).catch(() => tell(false));
}

/** Asks the viewer which screen. @param {HTMLVideoElement} video */
export function chooseScreen(video) {
  const apple = /** @type {AppleVideo} */ (video);
  if (apple.webkitShowPlaybackTargetPicker !== undefined) apple.webkitShowPlaybackTargetPicker();
  else video.remote?.prompt().catch(() => null); // the viewer closed the list
}
