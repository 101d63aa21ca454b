/** The program: the main thread runs the command line, the other threads find their part by name. `boot.mjs` loads this in each. */
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import type { Domain } from "./core/domain.ts";
import type { ObserverDeclaration } from "./core/observer.ts";

/** The one place, with `cli`, that knows the domains; the query thread never loads them. */
async function loadDomains(): Promise<readonly Domain[]> {
  return (await import("./domains/index.ts")).domains;
}

async function loadObservers(): Promise<readonly ObserverDeclaration[]> {
  return (await import("./domains/observers.ts")).observers;
}

/** The sources are in `src/`, the bundle in `dist/server/`. */
const root = new URL(import.meta.url.endsWith(".ts") ? "../" : "../../", import.meta.url);

if (isMainThread) {
  const { runMain } = await import("./cli/main-thread.ts");
  const webRoot = fileURLToPath(new URL("src/web/dist/", root));
  process.exitCode = await runMain({ entry: new URL("boot.mjs", import.meta.url), webRoot, loadDomains });
} else if (parentPort !== null) {
  const { runThread } = await import("./cli/worker-thread.ts");
  // A worker thread is started by `startNode` only, with just this data.
  await runThread(workerData as Parameters<typeof runThread>[0], parentPort, { loadDomains, loadObservers });
}
