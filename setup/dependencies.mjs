// @ts-check
/**
 * Installs what a lock file says. The stamp is a copy of that lock file inside `node_modules`: it goes when the folder goes, and
 * `with-node.sh` can compare it without Node.
 */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runNpm } from "./npm.mjs";

/**
 * Makes `node_modules` in `folder` hold exactly what `package-lock.json` beside it says.
 *
 * @param {string} folder
 * @param {(message: string) => void} say
 * @returns {boolean} Whether something had to be installed.
 */
export function ensureDependencies(folder, say) {
  const lock = join(folder, "package-lock.json");
  const stamp = join(folder, "node_modules", ".chainpulse-lock");
  if (existsSync(stamp) && readFileSync(stamp).equals(readFileSync(lock))) return false;
  say(`installing the packages of ${lock}`);
  // No package's own script runs. Development packages are needed whatever NODE_ENV says: they build the dashboard.
  runNpm(folder, [
    "ci",
    "--ignore-scripts",
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  copyFileSync(lock, stamp);
  return true;
}
