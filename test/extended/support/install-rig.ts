/** Peers that come from npm: each has a lock file below test/rigs, and is installed into a folder that is kept until that changes. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const rigs = fileURLToPath(new URL("../../rigs/", import.meta.url));
const cache = fileURLToPath(new URL("../../../.chainpulse/rigs/", import.meta.url));

/**
 * The folder that it is installed in; it may take minutes the first time. `files`: what it is made of beside package.json and its lock
 * file. Rejects with npm's words where it cannot be installed.
 */
export async function installRig(name: string, files: readonly string[]): Promise<string> {
  const rig = join(rigs, name);
  const hash = createHash("sha256");
  for (const file of ["package-lock.json", "package.json", ...files]) hash.update(readFileSync(join(rig, file)));
  const folder = join(cache, `${name}-${hash.digest("hex").slice(0, 12)}`);
  const stamp = join(folder, "installed");
  if (existsSync(stamp)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(rig, folder, { recursive: true });
  await install(folder);
  writeFileSync(stamp, "");
  return folder;
}

async function install(folder: string): Promise<void> {
  // What `npm run` tells its scripts would lead npm back to the project that it was started in.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = spawn("npm", args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  npm.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  await once(npm, "close");
  if (npm.exitCode !== 0) throw new Error(`npm ${args.join(" ")} in ${folder}: ${words}`);
}
