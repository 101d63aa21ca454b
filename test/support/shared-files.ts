/**
 * The reference cases and recordings that lie beside the checkout, in `../shared`. Where they are absent, tests that need them are
 * skipped (the runner's summary counts them); in CI their absence is an error, because a skipped conformance test proves nothing.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./checks.ts";

export interface SharedFolder {
  readonly path: string;
  /** For the option `skip` of `test` and `describe`: the reason, or `false` when the folder is there. */
  readonly skip: string | false;
}

/** A folder or file of `../shared`, e.g. `cases/promql`. Throws in CI when it is absent. */
export function sharedFolder(name: string): SharedFolder {
  const path = join(root, "..", "shared", name);
  if (existsSync(path)) return { path, skip: false };
  if (process.env["CI"] === "true")
    throw new Error(`${path} is absent: CI must have the shared reference files beside the checkout`);
  return { path, skip: `needs ${path}` };
}
