// Builds the pages into web/dist. It must not know the server: every address is from the site's root.
import { resolve } from "node:path";
import { defineConfig } from "vite";

const page = (/** @type {string} */ name) => resolve(import.meta.dirname, `${name}.html`);

export default defineConfig({
  base: "/",
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
      checks: { pluginTimings: false }, // how long a plugin takes on a slow machine is no news to who types `make run`
    },
  },
});
