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

const main = HLS.parse(read("main.m3u8").toString());
if (!main.isMasterPlaylist) throw new Error("main.m3u8 is no multivariant playlist");
const uris = new Set(main.variants.map((v) => v.uri));
for (const variant of main.variants) for (const audio of variant.audio) if (audio.uri) uris.add(audio.uri);
console.log(JSON.stringify({ variants: main.variants.length, media: [...uris].map(judgeMedia) }));
