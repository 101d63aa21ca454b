/** One state of a file that is alone of its kind (exemplars, metadata, events); each call opens and closes it, because few calls come. */
import type { DatabaseSync } from "node:sqlite";
import type { ReadAllowance } from "../../core/telemetry-reader.ts";
import { openForReading, type Schema, snapshot } from "../database.ts";
import { tellDamage } from "./read-files.ts";

/** `nothing` where there is no file; `nothing` and a note where it is damaged. Throws `STORE_TOO_NEW`, `STORE_UNUSABLE`. */
export function readSideFile<T>(
  { path, schema }: { readonly path: string; readonly schema: Schema },
  allowance: ReadAllowance,
  nothing: T,
  read: (database: DatabaseSync) => T,
): T {
  try {
    const database = openForReading(path, schema);
    if (database === null) return nothing;
    try {
      return snapshot(database, () => read(database));
    } finally {
      database.close();
    }
  } catch (error) {
    tellDamage({ path }, error, allowance);
    return nothing;
  }
}
