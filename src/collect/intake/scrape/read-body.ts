/**
 * Reads the body of a scrape in slices, and lets others have their turn between them: however large or odd it is, the other targets'
 * scrapes go on.
 */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../core/clock.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import { LineScanner } from "../../../io/openmetrics/line-scanner.ts";
import { ProtobufExposition, type ProtobufTaker } from "../../../io/openmetrics/protobuf-exposition.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import { entryState } from "./known-series.ts";
import type { ScrapeJob } from "./job.ts";
import { readTextSlice } from "./read-text.ts";
import type { ScrapeFormat } from "./scrape-format.ts";
import type { ScrapeReading } from "./scrape-reading.ts";

/** Longest turn of one scrape: what others of the same thread may have to wait. */
const turnMs = 10;

/** Throws `SCRAPE_FAILED`, with the place in the body. */
export async function readBody(
  body: Uint8Array,
  format: ScrapeFormat,
  reading: ScrapeReading,
  { job, clock }: { readonly job: ScrapeJob; readonly clock: Clock },
): Promise<void> {
  const slice = format === "protobuf" ? protobufSlices(body, reading, job) : textSlices(body, format, reading);
  let turnStartMs = clock.monotonicMs();
  while (slice()) {
    if (clock.monotonicMs() - turnStartMs < turnMs) continue;
    await setImmediate();
    turnStartMs = clock.monotonicMs();
  }
}

function textSlices(body: Uint8Array, syntax: "text" | "openmetrics", reading: ScrapeReading): () => boolean {
  const scanner = new LineScanner(body);
  return () => readTextSlice(scanner, syntax, reading);
}

function protobufSlices(body: Uint8Array, reading: ScrapeReading, job: ScrapeJob): () => boolean {
  const exposition = new ProtobufExposition(body, protobufTaker(reading), {
    native: job.nativeHistograms,
    classic: job.classicHistograms,
  });
  return () => {
    try {
      return exposition.readSlice();
    } catch (error) {
      if (error instanceof ProtobufError) throw new ChainPulseError("SCRAPE_FAILED", error.message, { cause: error });
      throw error;
    }
  };
}

/** Writes what the protobuf reader finds into the reading. */
function protobufTaker(reading: ScrapeReading): ProtobufTaker {
  const { known } = reading;
  return {
    comment(key) {
      const entry = reading.entryAt(key.view, 0, key.length);
      if (known.stateOf(entry) === entryState.pending) {
        known.decide(entry, entryState.comment);
        reading.metadataChanged = true;
      }
      reading.seeComment(entry);
    },
    sample(key, timeMs, value, exemplarAt, exemplarEnd) {
      const entry = reading.entryAt(key.view, 0, key.length);
      if (!reading.admit(entry, key.bytes, 0, key.length)) return;
      reading.take(entry, timeMs, value);
      if (exemplarAt !== -1) reading.noteExemplar(entry, exemplarAt, exemplarEnd);
    },
    histogram(key, timeMs, histogram, exemplars) {
      const entry = reading.entryAt(key.view, 0, key.length);
      if (!reading.admit(entry, key.bytes, 0, key.length)) return;
      reading.takeHistogram(entry, timeMs, histogram);
      for (let i = 0; i < exemplars.length; i += 2) reading.noteExemplar(entry, exemplars[i] ?? 0, exemplars[i + 1] ?? 0);
    },
  };
}
