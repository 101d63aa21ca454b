/** Where the program starts: the files that something outside the import graph names. */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** What is there to be copied, and is not part of the program. */
const skeletons = ["src/domains/_skeleton/index.ts", "src/domains/chain/clients/_skeleton.ts"];

/** Paths of the checkout: the main program, the pages' scripts, what package.json names, and the skeletons. */
export function entriesOf(root: string): readonly string[] {
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const named = [...manifest.matchAll(/[\w./-]+\.m?tsx?\b/g)].map(([path]) => posix.normalize(path));
  return ["src/main.ts", ...skeletons, ...pageScripts(root), ...named];
}

/** The scripts of the dashboard's page. */
function pageScripts(root: string): readonly string[] {
  const page = join(root, "src", "web", "index.html");
  if (!existsSync(page)) return [];
  return [...readFileSync(page, "utf8").matchAll(/<script[^>]*\ssrc="([^"]+)"/g)].map(([, source]) =>
    posix.join("src/web", source ?? ""),
  );
}
