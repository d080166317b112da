// Lays a compressed form beside each built file, for the server of one machine: NAME.br and NAME.gz, as nginx and its like
// expect them. CloudFront compresses by itself and is not given these (terraform/site.tf). It runs after everything that
// still changes a file.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXTS = /\.(?:css|html|js|json|svg|txt|webmanifest)$/;
const LEAST_BYTES = 1000; // below, both forms fit one packet of the line; CloudFront begins at the same size
const FORMS = {
  br: (/** @type {Buffer} */ data) => brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: data.length } }),
  gz: (/** @type {Buffer} */ data) => gzipSync(data, { level: constants.Z_BEST_COMPRESSION }),
};

/** @returns {import("vite").Plugin} */
export function compressed() {
  let folder = "";
  return {
    name: "matinee-compress",
    apply: "build",
    configResolved: (config) => void (folder = config.build.outDir),
    closeBundle: {
      order: "post",
      sequential: true,
      handler(error) {
        if (error !== undefined) return;
        for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
          const file = join(folder, name);
          if (!TEXTS.test(name) || statSync(file).size < LEAST_BYTES) continue;
          const data = readFileSync(file);
          for (const [suffix, form] of Object.entries(FORMS)) writeFileSync(`${file}.${suffix}`, form(data));
        }
      },
    },
  };
}
