// @ts-check
/**
 * The set-up of a checkout: the right Node.js, the dependencies and, with `--built`, the bundles. Each step compares
 * a stamp first, so that running it again does nothing. Called by `with-node.sh`; progress goes to stderr.
 *
 * JavaScript and without dependencies: it runs before there is a Node that strips types, on Node 20 as well as on 26.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies } from "./dependencies.mjs";
import { holdLock } from "./lock.mjs";
import { ensureNode } from "./runtime.mjs";
import { ensureBundles } from "./bundles.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

try {
  await holdLock(join(root, ".chainpulse", "setup.lock"), say, () => {
    const node = ensureNode(root, say);
    ensureDependencies(root, say);
    if (process.argv.includes("--built")) ensureBundles(root, node, say);
  });
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** @param {string} message */
function say(message) {
  process.stderr.write(`chainpulse set-up: ${message}\n`);
}
