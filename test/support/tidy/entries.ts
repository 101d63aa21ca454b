/** Where the program starts: the files that something outside the import graph names. */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** Paths of the checkout: the main program, the pages' scripts, what package.json names, and the domain to copy. */
export function entriesOf(root: string): readonly string[] {
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const named = [...manifest.matchAll(/[\w./-]+\.m?tsx?\b/g)].map(([path]) => posix.normalize(path));
  return ["src/main.ts", "src/domains/_skeleton/index.ts", ...pageScripts(root), ...named];
}

/** The scripts of the dashboard's page. */
function pageScripts(root: string): readonly string[] {
  const page = join(root, "src", "web", "index.html");
  if (!existsSync(page)) return [];
  return [...readFileSync(page, "utf8").matchAll(/<script[^>]*\ssrc="([^"]+)"/g)].map(([, source]) =>
    posix.join("src/web", source ?? ""),
  );
}
