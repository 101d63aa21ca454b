/** View fields of parts that ChainPulse does not have yet: they are there, `null`, and say so. */
import type { ViewField } from "./view.ts";

export function notBuiltYet(fields: readonly Pick<ViewField, "name" | "help" | "unit">[]): readonly ViewField[] {
  return fields.map((field) => ({
    ...field,
    expr: null,
    absent: { reason: "not_built_yet", detail: "ChainPulse has no reader for this yet." },
  }));
}
