// Writes into the built pages what their scripts and styles must hash to (Subresource Integrity, W3C), at the end of the
// build, when no file changes any more. Scripts a page asks for later are named by their hash, and nothing checks that.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const TAGS = /<(script|link)\b[^>]*?\b(?:src|href)="(\/static\/[^"]+)"[^>]*>/g;
const CHECKED = /^<script|rel="(?:stylesheet|modulepreload)"/;

/** @returns {import("vite").Plugin} */
export function integrity() {
  let folder = "";
  return {
    name: "matinee-integrity",
    apply: "build",
    configResolved: (config) => void (folder = config.build.outDir),
    closeBundle(error) {
      if (error !== undefined) return; // nothing was built, and the reason is told elsewhere
      for (const name of readdirSync(folder).filter((each) => each.endsWith(".html"))) {
        const page = join(folder, name);
        const text = readFileSync(page, "utf8");
        writeFileSync(page, text.replace(TAGS, (tag, _, address) => (CHECKED.test(tag) ? signed(tag, join(folder, address)) : tag)));
      }
    },
  };
}

/** @param {string} tag @param {string} file */
function signed(tag, file) {
  const sum = createHash("sha384").update(readFileSync(file)).digest("base64");
  return tag.replace(/\s*\/?>$/, ` integrity="sha384-${sum}">`);
}
