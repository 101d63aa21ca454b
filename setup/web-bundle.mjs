// @ts-check
/** Builds the dashboard into `src/web/dist` when a source of it has changed. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} root The checkout.
 * @param {string} node The Node.js to build with.
 * @param {(message: string) => void} say
 */
export function ensureWebBundle(root, node, say) {
  const web = join(root, "src", "web");
  // Inside node_modules, so that other packages (a new bundler) mean a new bundle. with-node.sh compares its time.
  const stamp = join(root, "node_modules", ".chainpulse-web");
  const startedSeconds = Date.now() / 1000;
  const digest = digestOf([web, join(root, "src", "core")], join(web, "dist"));
  const current = existsSync(join(web, "dist", "index.html")) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
  if (!current) build(root, node, say);
  // Written even when it was current: the sources were touched without a change, and the stamp must be newer than they are.
  writeFileSync(stamp, digest);
  // As old as what was digested, so that an edit during the build is seen by the next set-up.
  utimesSync(stamp, startedSeconds, startedSeconds);
}

/**
 * @param {string} root
 * @param {string} node
 * @param {(message: string) => void} say
 */
function build(root, node, say) {
  say("building the dashboard");
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const args = [vite, "build", "--config", join(root, "src", "web", "vite.config.ts"), "--logLevel", "warn"];
  const { error, signal, status } = spawnSync(node, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (error !== undefined) throw new Error(`cannot run ${node}: ${error.message}`);
  if (status !== 0) {
    throw new Error(`building the dashboard ended with ${signal ?? `exit code ${status}`}; the bundler's messages are above`);
  }
}

/**
 * A digest of names and contents of all files below `folders`.
 *
 * @param {readonly string[]} folders
 * @param {string} except A folder that is left out.
 */
export function digestOf(folders, except) {
  const hash = createHash("sha256");
  for (const path of folders.flatMap((folder) => filesBelow(folder, except))) {
    const content = readFileSync(path);
    // The length in between keeps a name from running into a content.
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * @param {string} folder
 * @param {string} except
 * @returns {string[]}
 */
function filesBelow(folder, except) {
  const paths = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
  return paths
    .filter((path) => path !== except)
    .flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path, except) : [path]));
}
