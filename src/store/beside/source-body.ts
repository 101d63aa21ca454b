/** A `TelemetrySource` as it is stored: once per file, however many spans or records it has sent. */
import type { TelemetrySource } from "../../core/span.ts";
import { PlainCursor } from "./plain-cursor.ts";
import { attributesToPlain } from "./plain-value.ts";

/** Equal sources give equal texts where their attributes are in the same order. */
export function sourceText({ resource, scopeName, scopeVersion, scopeAttributes }: TelemetrySource): string {
  return JSON.stringify([attributesToPlain(resource), scopeName, scopeVersion, attributesToPlain(scopeAttributes)]);
}

/** Throws `DamagedFileError`. */
export function sourceOfText(text: string): TelemetrySource {
  const fields = new PlainCursor(JSON.parse(text));
  return {
    resource: fields.attributes(),
    scopeName: fields.text(),
    scopeVersion: fields.text(),
    scopeAttributes: fields.attributes(),
  };
}
