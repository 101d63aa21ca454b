/** Results of rules that are not stored yet: few, one for each series. */
import { type Labels, labelsKey } from "../../core/labels.ts";

export interface PendingSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number | "stale";
}

export class PendingSamples {
  /** By `labelsKey`. */
  readonly #samples = new Map<string, PendingSample>();

  /** Of a series only the latest is kept. */
  add(samples: readonly PendingSample[]): void {
    for (const sample of samples) this.#samples.set(labelsKey(sample.labels), sample);
  }

  get size(): number {
    return this.#samples.size;
  }

  /** By `labelsKey`. */
  entries(): Iterable<readonly [string, PendingSample]> {
    return this.#samples;
  }

  /** They are stored now, or never will be. Returns what there was. */
  take(): ReadonlyMap<string, PendingSample> {
    const taken = new Map(this.#samples);
    this.#samples.clear();
    return taken;
  }
}
