// Builds the pages into web/dist. It must not know the server: every address is from the site's root.
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { integrity } from "./integrity.js";

const page = (/** @type {string} */ name) => resolve(import.meta.dirname, `${name}.html`);

// Few files on the way to the first picture: left alone, every module that two pages share is a file of its own.
const groups = [
  { name: "shared", test: /src\/(?:texts|shared\/(?:api|credential|dom|format|icons|page|random|storage))\.js$|preload-helper/ },
  { name: "playing", test: /src\/watch\/(?:session|stream|names|cues)\.js$/ },
  { name: "theatre", test: /src\/watch\/(?!main|session|stream|hls-stream|native-stream|caption-tracks|codec-choice|cues|names)[\w-]+\.js$/ },
];

/**
 * The pages that play ask for hls.js from their head: while the server is asked about the link, it is on its way.
 * @type {import("vite").Plugin}
 */
const preloadPlayer = {
  name: "matinee-preload-player",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler(_, { bundle = {}, filename }) {
      const player = Object.keys(bundle).find((name) => /\/hls-stream-[\w-]+\.js$/.test(name));
      if (player === undefined || !/(?:watch|embed)\.html$/.test(filename)) return [];
      return [{ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${player}` }, injectTo: "head" }];
    },
  },
};

export default defineConfig({
  base: "/",
  plugins: [preloadPlayer, integrity()],
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
      },
      output: { codeSplitting: { groups, includeDependenciesRecursively: false } },
      checks: { pluginTimings: false }, // how long a plugin takes on a slow machine is no news to who types `make run`
    },
  },
});
