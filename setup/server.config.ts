/**
 * Bundles the server's code, as readable as its sources. For a checkout with its dependencies, into `dist/server`: see `bundles.mjs`
 * for why. With `--mode package` for a published package, into `dist/package`, and there the dependencies stay packages: npm installs
 * them, so that their licences come along, and a security fix of theirs needs no release of ours.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig(({ mode }) => ({
  root: fileURLToPath(new URL("..", import.meta.url)),
  publicDir: false,
  // Native code and what only other platforms load stay packages.
  ssr: mode === "package" ? {} : { noExternal: true, external: ["koffi", "snappy", "systeminformation"] },
  build: {
    ssr: true,
    target: "node24",
    outDir: mode === "package" ? "dist/package" : "dist/server",
    emptyOutDir: true,
    minify: false,
    rollupOptions: {
      input: { boot: "src/boot.mjs" },
      output: { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
    },
  },
}));
