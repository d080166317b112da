/**
 * Captions as native text tracks, so that picture-in-picture and full screen show them too. It must not know menus.
 *
 * hls.js can do this itself, but it gives its tracks a `data:` address, which `media-src 'self' blob:` forbids; so it
 * only parses, and the cues are put into tracks that need no address.
 */
import Hls from "hls.js";

/** @typedef {import("hls.js").MediaPlaylist} MediaPlaylist */

export class CaptionTracks {
  /** @type {Map<string, TextTrack>} by language and name: one caption track may be listed in several groups */
  #tracks = new Map();
  #shown = -1;

  /** @param {Hls} hls @param {HTMLVideoElement} video */
  constructor(hls, video) {
    this.hls = hls;
    this.video = video;
    hls.on(Hls.Events.CUES_PARSED, (_, { subtitleTrack, cues }) => this.#add(subtitleTrack, cues));
  }

  /** The index in `hls.subtitleTracks`, -1 for none. */
  get shown() {
    return this.#shown;
  }

  set shown(index) {
    this.#shown = index;
    this.hls.subtitleTrack = index; // what is not chosen is not fetched
    const chosen = this.hls.subtitleTracks[index];
    for (const track of this.#tracks.values()) track.mode = "hidden";
    if (chosen) this.#track(chosen).mode = "showing";
  }

  /** @param {MediaPlaylist} listed */
  #track(listed) {
    const key = `${listed.lang ?? ""} ${listed.name}`;
    const track = this.#tracks.get(key) ?? this.video.addTextTrack("subtitles", listed.name, listed.lang ?? "");
    if (!this.#tracks.has(key)) track.mode = "hidden"; // a disabled track hides its cues from us as well
    this.#tracks.set(key, track);
    return track;
  }

  /** A cue that spans two segments stands in both: it is shown once. @param {MediaPlaylist | undefined} listed @param {VTTCue[]} cues */
  #add(listed, cues) {
    if (listed === undefined) return;
    const track = this.#track(listed);
    for (const cue of cues) if (!track.cues?.getCueById(cue.id)) track.addCue(cue);
  }
}
