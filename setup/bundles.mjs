// @ts-check
/**
 * Builds the dashboard (`src/web/dist`) and the server's own code (`dist/server`) when a source has changed.
 *
 * The server runs from its TypeScript as it is; tests and the other commands do so. A start from a bundle takes half the CPU time
 * (680 against 1,260 ms until it serves, both with a warm compile cache, on a loaded machine): resolving and linking 600 small
 * modules in each thread is most of a start, and a new user waits for it.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const bundles = [
  { title: "the dashboard", config: "src/web/vite.config.ts", result: "src/web/dist/index.html" },
  { title: "the server", config: "setup/server.config.ts", result: "dist/server/boot.mjs" },
];

/**
 * @param {string} root The checkout.
 * @param {string} node The Node.js to build with.
 * @param {(message: string) => void} say
 */
export function ensureBundles(root, node, say) {
  // Inside node_modules, so that other packages (a new bundler) mean new bundles. with-node.sh compares its time.
  const stamp = join(root, "node_modules", ".chainpulse-bundles");
  const startedSeconds = Date.now() / 1000;
  const digest = digestOf(join(root, "src"));
  const made = bundles.every(({ result }) => existsSync(join(root, result)));
  const current = made && existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
  if (!current) for (const bundle of bundles) build(root, node, bundle, say);
  // Written even when it was current: the sources were touched without a change, and the stamp must be newer than they are.
  writeFileSync(stamp, digest);
  // As old as what was digested, so that an edit during the build is seen by the next set-up.
  utimesSync(stamp, startedSeconds, startedSeconds);
}

/**
 * @param {string} root
 * @param {string} node
 * @param {{ readonly title: string, readonly config: string }} bundle
 * @param {(message: string) => void} say
 */
function build(root, node, { title, config }, say) {
  say(`building ${title}`);
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const args = [vite, "build", "--config", join(root, config), "--logLevel", "warn"];
  const { error, signal, status } = spawnSync(node, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (error !== undefined) throw new Error(`cannot run ${node}: ${error.message}`);
  if (status !== 0) {
    throw new Error(`building ${title} ended with ${signal ?? `exit code ${status}`}; the bundler's messages are above`);
  }
}

/**
 * A digest of names and contents of all sources below `folder`.
 *
 * @param {string} folder
 */
export function digestOf(folder) {
  const hash = createHash("sha256");
  for (const path of sourcesBelow(folder)) {
    const content = readFileSync(path);
    // The length in between keeps a name from running into a content.
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** What is built, and what only tests read. with-node.sh leaves out the same. */
const noSources = new Set(["dist", "fixtures"]);

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesBelow(folder) {
  return readdirSync(folder)
    .filter((name) => !noSources.has(name))
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? sourcesBelow(path) : [path]));
}
