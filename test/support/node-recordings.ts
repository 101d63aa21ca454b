/** Captured metrics of real blockchain clients, in `../shared`; README.md there says of which, and where from. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sharedFolder } from "./shared-files.ts";

export const nodeRecordings = sharedFolder("recordings/nodes");

/** The text of `<name>.metrics.txt`. */
export function recordedMetrics(name: string): Buffer {
  return readFileSync(join(nodeRecordings.path, `${name}.metrics.txt`));
}
