/** What a scraped target answers, by its content type. */
import { ChainPulseError } from "../../core/errors.ts";
import { parseOpenMetrics } from "./parse-openmetrics.ts";
import { parseTextFormat } from "./parse-text-format.ts";
import type { ParsedFamily } from "./parsed-family.ts";

/** The two texts that targets write. */
export type ExpositionSyntax = "text" | "openmetrics";

/** By the `Content-Type`; a target that does not say is read as text, as Prometheus's `fallback_scrape_protocol` usually has it. */
export function syntaxOf(contentType: string): ExpositionSyntax {
  const [type = ""] = contentType.split(";", 1);
  return type.trim().toLowerCase() === "application/openmetrics-text" ? "openmetrics" : "text";
}

/** Families as they are read. Throws `EXPOSITION_INVALID`, at once for what is no UTF-8, else when the family is asked for. */
export function readExposition(bytes: Uint8Array, syntax: ExpositionSyntax): Generator<ParsedFamily> {
  const text = decode(bytes);
  return syntax === "openmetrics" ? parseOpenMetrics(text) : parseTextFormat(text);
}

function decode(bytes: Uint8Array): string {
  try {
    // A byte order mark is no part of either format: it is kept, and refused as the first line's first character.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ChainPulseError("EXPOSITION_INVALID", "the text is not UTF-8", { cause: error });
  }
}
