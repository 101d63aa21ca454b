/** `npm run docs`: writes the generated reference. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generatedDocs } from "../src/cli/docs.ts";
import { domains } from "../src/domains/index.ts";

for (const [path, text] of generatedDocs(domains)) {
  writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), text);
  console.error(path);
}
