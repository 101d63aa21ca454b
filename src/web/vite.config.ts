/** Builds the dashboard into `src/web/dist`, with hashed names, for the server to load into memory. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsDir: "assets",
    // No data: URLs: the content security policy allows this origin only.
    assetsInlineLimit: 0,
    // Every browser with ES2022 has module preloading, and the polyfill would be the page's only inline fetch.
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // Of what is in the bundle: most licences ask for their text to come along.
    license: { fileName: "licenses.txt" },
  },
});
