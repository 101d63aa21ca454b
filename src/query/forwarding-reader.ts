/** What a reader on top of another one leaves as it is. What series it shows, and until when they hold, each such reader says itself. */
import type { Annotation } from "../core/annotation.ts";
import type { Cardinality, SampleReader, TierStepMs } from "../core/storage.ts";

type Forwarded = "latestMs" | "oldestMs" | "stepAtMs" | "cardinality" | "annotations" | "close";

export class ForwardingReader implements Pick<SampleReader, Forwarded> {
  protected readonly reader: SampleReader;

  constructor(reader: SampleReader) {
    this.reader = reader;
  }

  latestMs(): number | null {
    return this.reader.latestMs();
  }

  oldestMs(): number | null {
    return this.reader.oldestMs();
  }

  stepAtMs(timeMs: number): 0 | TierStepMs {
    return this.reader.stepAtMs(timeMs);
  }

  cardinality(limit: number): Cardinality {
    return this.reader.cardinality(limit);
  }

  annotations(startMs: number, endMs: number): readonly Annotation[] {
    return this.reader.annotations(startMs, endMs);
  }

  close(): void {
    this.reader.close();
  }
}
