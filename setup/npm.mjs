// @ts-check
/** Runs the installed npm. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/**
 * Runs npm in `folder`; throws when there is no npm or when it fails. Its output goes to stderr.
 *
 * @param {string} folder
 * @param {readonly string[]} args
 */
export function runNpm(folder, args) {
  const searchPath = process.env["PATH"] ?? "";
  const npm = findNpm(searchPath);
  if (npm === null) {
    throw new Error(
      "there is a Node.js but no npm in PATH; install npm (Debian, Ubuntu: apt-get install npm) and run this again",
    );
  }
  // npm starts with `#!/usr/bin/env node`: its own folder goes first, so that it runs under the Node it was shipped with.
  const env = { ...process.env, PATH: dirname(npm) + delimiter + searchPath };
  const { error, signal, status } = spawnSync(npm, args, { cwd: folder, env, stdio: ["ignore", 2, 2] });
  if (error !== undefined) throw new Error(`cannot run ${npm}: ${error.message}`);
  if (status !== 0) {
    throw new Error(
      `"npm ${args[0]}" in ${folder} ended with ${signal ?? `exit code ${status}`}; its messages are above. ` +
        "It needs the npm registry (or a filled npm cache): check the network, the proxy and `npm ping`, then run this again",
    );
  }
}

/**
 * @param {string} searchPath As in the environment variable PATH.
 * @returns {string | null}
 */
function findNpm(searchPath) {
  const candidates = searchPath
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "npm"));
  return candidates.find(isExecutable) ?? null;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there or not executable: both mean that the search goes on.
    return false;
  }
}
