// Builds the pages into web/dist. It must not know the server: every address is from the site's root.
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { compressed } from "./compress.js";
import { integrity } from "./integrity.js";
import { texts } from "./src/texts.js";

const page = (/** @type {string} */ name) => resolve(import.meta.dirname, `${name}.html`);

// Few files on the way to the first picture: left alone, every module that two pages share is a file of its own.
const groups = [
  { name: "shared", test: /src\/(?:texts|shared\/(?:api|credential|dom|format|icons|page|random|storage))\.js$|preload-helper/ },
  { name: "ahead", test: /src\/watch\/(?:ahead|claims)\.js$/ },
  { name: "playing", test: /src\/watch\/(?!main|ahead|claims|hls-stream|native-stream|caption-tracks|codec-choice|line)[\w-]+\.js$/ },
];

/**
 * What is wanted before the scripts that ask for it have come: hls.js is on its way while the server is asked about the
 * link, and the watch page asks about the link before anything else.
 * @type {import("vite").Plugin}
 */
const beginEarly = {
  name: "matinee-begin-early",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle = {}, filename }) {
      const built = (/** @type {string} */ name) => Object.keys(bundle).find((file) => file.startsWith(`static/${name}-`));
      const player = built("hls-stream");
      if (player === undefined || !/(?:watch|embed)\.html$/.test(filename)) return html;
      const ahead = filename.endsWith("watch.html") ? `<script type="module" async crossorigin src="/${built("ahead")}"></script>\n    ` : "";
      const preload = `<link rel="modulepreload" crossorigin href="/${player}">\n    `;
      return html.replace(/(?=<script type="module")/, ahead + preload);
    },
  },
};

/**
 * What a page says before its script runs, and without one, is in `src/texts.js` too: `{{watch.page}}` of an HTML file.
 * @type {import("vite").Plugin}
 */
const saysTexts = {
  name: "matinee-says-texts",
  transformIndexHtml: {
    order: "pre",
    handler: (html) => html.replace(/\{\{([\w.]+)\}\}/g, (_, path) => escaped(sentenceAt(path))),
  },
};

/** @param {string} path as in `watch.page` @returns {string} */
function sentenceAt(path) {
  const found = path.split(".").reduce((part, name) => /** @type {any} */ (part)?.[name], texts);
  if (typeof found !== "string") throw new Error(`There is no sentence ${path} in src/texts.js.`);
  return found;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

export default defineConfig({
  base: "/",
  logLevel: "warn", // forty names of files are no news to who types `make run`
  plugins: [saysTexts, beginEarly, integrity(), compressed()],
  worker: { format: "es" },
  build: {
    assetsDir: "static", // hashed names: the server may let browsers keep this folder for ever
    assetsInlineLimit: 0, // a data: URL in a style sheet would need a wider policy than `img-src 'self'`
    modulePreload: { polyfill: false },
    target: "es2022",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700, // hls.js, whole, is one chunk that only the watch page asks for
    rolldownOptions: {
      input: {
        index: page("index"),
        signin: page("signin"),
        watch: page("watch"),
        share: page("share"),
        embed: page("embed"),
        studio: page("studio"),
        docs: page("docs"),
        missing: page("missing"),
      },
      output: { codeSplitting: { groups, includeDependenciesRecursively: false } },
      checks: { pluginTimings: false }, // how long a plugin takes on a slow machine is no news to who types `make run`
    },
  },
});
