/** Bundles the server's code and its dependencies into `dist/server`, as readable as its sources; see `bundles.mjs` for why. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  publicDir: false,
  // Native code and what only other platforms load stay packages.
  ssr: { noExternal: true, external: ["koffi", "systeminformation"] },
  build: {
    ssr: true,
    target: "node24",
    outDir: "dist/server",
    emptyOutDir: true,
    minify: false,
    rollupOptions: {
      input: { boot: "src/boot.mjs" },
      output: { entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
    },
  },
});
