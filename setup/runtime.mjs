// @ts-check
/** The Node.js that runs ChainPulse: the one that runs this where it is new enough, else an official build from the npm registry. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureDependencies } from "./dependencies.mjs";

// package.json, "engines"; with-node.sh has the same number. From 24 on, Node strips types and has zstd and ML-KEM.
const leastMajor = 24;

/**
 * @param {string} root The checkout.
 * @param {(message: string) => void} say
 * @returns {string} Path of the executable.
 */
export function ensureNode(root, say) {
  if (Number.parseInt(process.versions.node, 10) >= leastMajor) return process.execPath;
  const folder = join(root, "setup", "node");
  const installed = ensureDependencies(folder, (message) => {
    say(`the installed Node.js is ${process.versions.node}, ChainPulse needs ${leastMajor} or newer: fetching one`);
    say(message);
  });
  const node = nodeIn(join(folder, "node_modules"));
  if (node === null) {
    throw new Error(
      `there is no Node.js package for ${process.platform} ${process.arch} in setup/node/package.json; ` +
        `install Node.js ${leastMajor} or newer by other means and run this again`,
    );
  }
  if (installed) say(`using Node.js ${versionOf(node)} for ChainPulse, in setup/node`);
  return node;
}

/**
 * npm installs only the packages of this platform; the executable is at the same place in each.
 *
 * @param {string} modules
 */
function nodeIn(modules) {
  const packages = existsSync(modules) ? readdirSync(modules).filter((name) => name.startsWith("node-")) : [];
  return packages.map((name) => join(modules, name, "bin", "node")).find((path) => existsSync(path)) ?? null;
}

/**
 * Runs it, which also shows that it can run here: the builds need glibc.
 *
 * @param {string} node
 */
function versionOf(node) {
  try {
    return execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
  } catch (error) {
    throw new Error(
      `the fetched ${node} does not run on this machine (${error instanceof Error ? error.message : String(error)}); ` +
        `install Node.js ${leastMajor} or newer by other means (musl systems: the distribution's package) and run this again`,
      { cause: error },
    );
  }
}
