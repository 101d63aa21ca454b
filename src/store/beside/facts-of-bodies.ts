/** The facts and times of records that have none stored: of those that wait for their chunk, and of files of version 1. */
import type { TelemetrySource } from "../../core/span.ts";
import { indexed, serviceOf } from "../../core/telemetry-source.ts";
import type { ChunkText } from "./chunk.ts";
import { PlainCursor } from "./plain-cursor.ts";
import { spanFromPlain } from "./span-body.ts";
import { factsOf, type SpanFacts } from "./span-facts.ts";
import { type SpanTimes, timesOf } from "./span-times.ts";
import { attributeTerms } from "./span-terms.ts";

/** What a file's index has numbers for. */
export interface FileNumbers {
  readonly sourceOf: (id: number) => TelemetrySource;
  readonly traceNumber: (traceId: string) => number;
  readonly operationNumber: (service: string, name: string) => number;
}

export interface ChunkColumns {
  readonly facts: SpanFacts;
  readonly times: SpanTimes;
}

/** Throws `DamagedFileError`. */
export function columnsOfBodies(text: ChunkText, { sourceOf, traceNumber, operationNumber }: FileNumbers): ChunkColumns {
  const spans = Array.from({ length: text.count }, (_, place) => {
    const record = text.recordAt(place);
    const span = spanFromPlain(record, sourceOf);
    return {
      span,
      trace: traceNumber(span.traceId),
      operation: operationNumber(serviceOf(span.source.resource), indexed(span.name)),
      // The first field of a span's body.
      source: new PlainCursor(record).whole(),
      terms: attributeTerms(span.attributes),
    };
  });
  return { facts: factsOf(spans), times: timesOf(spans) };
}
