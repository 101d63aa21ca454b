// @ts-check
/**
 * Where every thread of the program begins: switches the compile cache on, then loads `main.ts`.
 *
 * JavaScript, because the entry itself is loaded before the cache is on: types in it would make Node load its type stripper, which
 * costs each thread 12 MB and 60 ms. From here on, stripped and compiled code comes from the cache. It is switched on in code, because
 * `NODE_COMPILE_CACHE` does not reach worker threads.
 */
import { enableCompileCache, flushCompileCache } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

// Node trusts what lies there, so it must be a directory that only this user can write, never a shared /tmp.
const base = process.env["XDG_CACHE_HOME"] ?? "";
enableCompileCache(join(isAbsolute(base) ? base : join(homedir(), ".cache"), "chainpulse", "compiled"));
// The cache is written when a thread ends in order; a kill before that would make every start a cold one.
setTimeout(flushCompileCache, 10_000).unref();

await import("./main.ts");
