/** `npm run docs`: writes the generated reference and what is generated for others' tools. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedDocs } from "../src/cli/docs.ts";
import { domains } from "../src/domains/index.ts";
import { deployFiles } from "./deploy-files.ts";

for (const [path, text] of [...generatedDocs(domains), ...deployFiles(domains)]) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.error(path);
}
