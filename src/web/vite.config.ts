/** Builds the dashboard into `src/web/dist`, with hashed names, for the server to load into memory. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** What of a bundler's graph matters here. */
interface Graph {
  getModuleInfo(id: string): { readonly importers: readonly string[]; readonly isEntry: boolean } | null;
}

/** Whether the module is loaded with the page: the entry, or what it imports other than by `import()`. */
function isOfEntry(id: string, graph: Graph, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  const info = graph.getModuleInfo(id);
  return info !== null && (info.isEntry || info.importers.some((importer) => isOfEntry(importer, graph, seen)));
}

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
    rolldownOptions: {
      // What the first page needs is one file: in the twelve that it shares with other pages it takes a new node 0.1 s longer to send.
      output: {
        codeSplitting: { groups: [{ debugName: "first", name: (id, context) => (isOfEntry(id, context) ? "first" : null) }] },
      },
    },
  },
});
