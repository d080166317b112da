// Two readers that are not ours judge a finished stream: hls-parser in strict mode reads every playlist, mp4box reads
// every init segment and every media segment. Prints one JSON document; exits 1 with the reason at the first fault.
//
//   node judge.mjs VERSION_FOLDER

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as HLS from "hls-parser";
import { createFile } from "mp4box";

HLS.setOptions({ strictMode: true });

const folder = process.argv[2];
const read = (uri) => readFileSync(join(folder, uri));

function boxesOf(files) {
  const file = createFile();
  let error = null;
  file.onError = (...reason) => {
    error = reason.join(" ");
  };
  let offset = 0;
  for (const bytes of files) {
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    buffer.fileStart = offset;
    offset += file.appendBuffer(buffer) && bytes.byteLength;
  }
  file.flush();
  if (error) throw new Error(error);
  return file;
}

function judgeMedia(uri) {
  const playlist = HLS.parse(read(uri).toString());
  if (playlist.isMasterPlaylist) throw new Error(`${uri} is a multivariant playlist`);
  const base = dirname(uri);
  const init = read(join(base, playlist.segments[0].map.uri));
  const file = boxesOf([init, ...playlist.segments.map((s) => read(join(base, s.uri)))]);
  const info = file.getInfo();
  const [track] = info.tracks;
  let next = null;
  for (const moof of file.boxes.filter((b) => b.type === "moof")) {
    const [traf] = moof.trafs;
    const start = traf.tfdt.baseMediaDecodeTime;
    if (next !== null && start !== next) throw new Error(`${uri}: tfdt ${start} where ${next} was due`);
    const { truns, tfhd } = traf;
    next = start;
    for (const trun of truns)
      for (let n = 0; n < trun.sample_count; n++)
        next += trun.sample_duration[n] ?? tfhd.default_sample_duration;
  }
  const samples = file.getTrackById(track.id).samples;
  return {
    uri,
    segments: playlist.segments.length,
    seconds: playlist.segments.reduce((sum, s) => sum + s.duration, 0),
    codec: track.codec,
    timescale: track.timescale,
    ticks: next,
    samples: samples.length,
    first_is_key: samples[0].is_sync,
    brand: info.brands,
  };
}

// Every range is a fragment's head and its first sample, a key frame, at the time its predecessors add up to.
function judgeKeyFrames(uri) {
  const playlist = HLS.parse(read(uri).toString());
  if (!playlist.isIFrame) throw new Error(`${uri} is no playlist of key frames`);
  const base = dirname(uri);
  const init = read(join(base, playlist.segments[0].map.uri));
  const { timescale } = boxesOf([init]).getInfo().tracks[0];
  let seconds = 0;
  for (const { uri: file, byterange, duration } of playlist.segments) {
    const { offset, length } = byterange;
    const bytes = read(join(base, file)).subarray(offset, offset + length);
    const boxes = boxesOf([init, bytes]).boxes.filter((b) => b.type === "moof" || b.type === "mdat");
    const [traf] = boxes[0].trafs;
    const at = traf.tfdt.baseMediaDecodeTime / timescale;
    if (Math.abs(at - seconds) > 0.001) throw new Error(`${uri}: a key frame at ${at} where ${seconds} was due`);
    const [trun] = traf.truns;
    if (boxes[0].size + 8 + trun.sample_size[0] !== length) throw new Error(`${uri}: ${length} bytes are not one frame`);
    seconds += duration;
  }
  return { uri, segments: playlist.segments.length, seconds };
}

const main = HLS.parse(read("main.m3u8").toString());
if (!main.isMasterPlaylist) throw new Error("main.m3u8 is no multivariant playlist");
const variants = main.variants.filter((v) => !v.isIFrameOnly);
const uris = new Set(variants.map((v) => v.uri));
for (const variant of variants) for (const audio of variant.audio) if (audio.uri) uris.add(audio.uri);
const media = [...uris].map(judgeMedia);
const keys = main.variants.filter((v) => v.isIFrameOnly).map((v) => judgeKeyFrames(v.uri));
console.log(JSON.stringify({ variants: variants.length, keys, media }));
