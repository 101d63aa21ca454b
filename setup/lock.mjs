// @ts-check
/** One set-up at a time in one checkout: two `npm start` at once must not run `npm ci` into each other. */
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

// The slowest set-up seen took 90 s, on a loaded 2-core machine with an empty npm cache.
const longestWaitMs = 600_000;
const pollMs = 200;

/**
 * Runs `work` while holding the lock at `path`; waits for another process that holds it. The lock is a symbolic link to the
 * owner's process id: made in one step, with its owner in it. A lock whose owner has died is taken over.
 *
 * @param {string} path
 * @param {(message: string) => void} say
 * @param {() => void} work
 * @param {{ waitMs?: number }} [options] How long to wait for another owner.
 */
export async function holdLock(path, say, work, { waitMs = longestWaitMs } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = Date.now() + waitMs;
  let told = false;
  while (!take(path)) {
    const owner = ownerOf(path);
    if (owner === null) continue;
    if (!isAlive(owner)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) say(`waiting for another set-up (process ${owner})`);
    told = true;
    if (Date.now() >= deadline) {
      throw new Error(
        `process ${owner} has held ${path} for ${waitMs / 1000} s; if it is no set-up, remove that file and run this again`,
      );
    }
    await sleep(pollMs);
  }
  try {
    work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function take(path) {
  try {
    symlinkSync(String(process.pid), path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/**
 * @param {string} path
 * @returns {number | null} The owner's process id; `null` when the lock has gone meanwhile.
 */
function ownerOf(path) {
  try {
    return Number(readlinkSync(path));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    // Signal 0 asks only whether the process is there.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return hasCode(error, "EPERM");
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && "code" in error && error.code === code;
}
