// @ts-check
/**
 * Where every thread of the program begins: switches the compile cache on, then loads `main.ts`.
 *
 * JavaScript, because the entry itself is loaded before the cache is on: types in it would make Node load its type stripper, which
 * costs each thread 12 MB and 60 ms. From here on, stripped and compiled code comes from the cache. It is switched on in code, because
 * `NODE_COMPILE_CACHE` does not reach worker threads.
 */
import { chmodSync, lstatSync, mkdirSync, statSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Whether only this user can put code there. Node runs what lies in the cache without a look at who wrote it, and the directory may
 * be anywhere: a service's home can be `/tmp`, where somebody else may have made our directory before us.
 *
 * @param {string} base
 * @param {readonly string[]} made directories of ours below it, outermost first
 */
function isPrivate(base, made) {
  const user = process.getuid?.();
  if (user === undefined) return true;
  const around = statSync(base);
  const sticky = (around.mode & 0o1000) !== 0;
  // In a sticky directory nobody renames what is another's.
  if ((around.uid !== user && around.uid !== 0) || ((around.mode & 0o022) !== 0 && !sticky)) return false;
  return made.every((path) => {
    const own = lstatSync(path);
    // Where others could write until now, they may have.
    if (!own.isDirectory() || own.uid !== user || (own.mode & 0o022) !== 0) return false;
    // Node makes its directories in there by the umask, which may let the group write.
    chmodSync(path, 0o700);
    return true;
  });
}

/** Without the cache a start takes longer and everything else is the same. */
function enableCache() {
  const base = process.env["XDG_CACHE_HOME"] ?? "";
  const root = isAbsolute(base) ? base : join(homedir(), ".cache");
  const outer = join(root, "chainpulse");
  const inner = join(outer, "compiled");
  try {
    mkdirSync(inner, { recursive: true, mode: 0o700 });
    if (isPrivate(root, [outer, inner])) enableCompileCache(inner);
  } catch {
    // A home that is not there, or that is read-only: a service's often is.
  }
}

enableCache();
// The cache is written when a thread ends in order; a kill before that would make every start a cold one.
setTimeout(flushCompileCache, 10_000).unref();

await import("./main.ts");
