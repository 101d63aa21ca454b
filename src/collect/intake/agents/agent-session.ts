/** One agent's session on the hub: slots → numbers of series in the store, and what is left out of a batch. */
import type { ReceivedSamples, SeriesRef } from "../../../core/storage.ts";
import { BatchDecoder, type BatchHead, type DecodedSamples } from "../../agent-protocol/batch-decoder.ts";
import type { IntakeSink } from "../sink.ts";
import { labelsOnHub } from "./agent-labels.ts";

/** Why samples of a slot, or at a time, are left out. */
export const sampleRefusals = ["invalid", "label_limit", "series_limit", "too_old", "too_new"] as const;
type SampleRefusal = (typeof sampleRefusals)[number];

/** No series has these numbers: the slot's samples are left out, because of what the number stands for. */
const refusedRefs = { invalid: 0xffff_ffff, label_limit: 0xffff_fffe, series_limit: 0xffff_fffd } as const;
const refusedFrom = Math.min(...Object.values(refusedRefs));

export interface SessionOptions {
  readonly id: string;
  readonly node: string;
  readonly outbox: string;
  readonly seriesMax: number;
  readonly sink: IntakeSink;
}

/** What of a batch is to be stored, and what is not. */
export interface SessionSamples {
  readonly received: ReceivedSamples;
  /** How many that are, histograms included. */
  readonly samples: number;
  readonly lastSeq: number | null;
  /** Time of the newest sample that is kept; `null` where none is. */
  readonly newestMs: number | null;
  /** Counts of samples that are left out, by reason. */
  readonly refused: Readonly<Record<SampleRefusal, number>>;
  /** The reason in words; `null` where nothing is left out. */
  readonly refusal: string | null;
}

export class AgentSession {
  readonly id: string;
  readonly node: string;
  readonly outbox: string;
  readonly #sink: IntakeSink;
  readonly #decoder: BatchDecoder;
  #refs: Uint32Array = new Uint32Array(0);
  #slots = 0;
  #refusal: string | null = null;

  constructor({ id, node, outbox, seriesMax, sink }: SessionOptions) {
    this.id = id;
    this.node = node;
    this.outbox = outbox;
    this.#sink = sink;
    this.#decoder = new BatchDecoder(seriesMax);
  }

  get nextNumber(): number {
    return this.#decoder.nextNumber;
  }

  /** Reads a batch; its new series are resolved. Rejects with `DamagedFileError`, or with what the sink rejects with. */
  async read(head: BatchHead): Promise<SessionSamples> {
    await this.#resolve(head);
    return this.#keep(this.#decoder.samples(head));
  }

  /** The session is over: its series may be forgotten once their samples have gone. */
  release(): void {
    this.#sink.release([...this.#refs.subarray(0, this.#slots)].filter((ref) => ref < refusedFrom));
    this.#slots = 0;
  }

  async #resolve(head: BatchHead): Promise<void> {
    const named = this.#decoder.series(head).map((sent) => labelsOnHub(sent, this.node));
    const labels = named.flatMap((one) => ("labels" in one ? [one.labels] : []));
    const resolved = labels.length === 0 ? [] : await this.#sink.resolve(labels);
    this.#reserve(named.length);
    let next = 0;
    for (const one of named) {
      const ref = "labels" in one ? resolved[next++] : one;
      if (typeof ref === "object") this.#refusal = ref.refusal;
      this.#refs[this.#slots++] = typeof ref === "number" ? ref : refusedRefs[ref?.reason ?? "invalid"];
    }
  }

  #reserve(more: number): void {
    if (this.#slots + more <= this.#refs.length) return;
    const grown = new Uint32Array(Math.max(this.#slots + more, 2 * this.#refs.length));
    grown.set(this.#refs);
    this.#refs = grown;
  }

  /** Moves the samples that are kept together; the columns are the batch's own. */
  #keep({ slots, timesMs, values, histograms, lastSeq }: DecodedSamples): SessionSamples {
    const oldestMs = this.#sink.oldestAcceptedMs();
    const newestMs = this.#sink.newestAcceptedMs();
    const refused = { invalid: 0, label_limit: 0, series_limit: 0, too_old: 0, too_new: 0 };
    const keeps = (ref: SeriesRef, timeMs: number): boolean => {
      const reason = ref >= refusedFrom ? reasonOf(ref) : timeMs < oldestMs ? "too_old" : timeMs > newestMs ? "too_new" : null;
      if (reason !== null) refused[reason]++;
      return reason === null;
    };
    const words = new Uint32Array(values.buffer);
    let count = 0;
    let latestMs = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < slots.length; i++) {
      const ref = this.#refOf(slots[i] ?? 0);
      const timeMs = timesMs[i] ?? 0;
      if (!keeps(ref, timeMs)) continue;
      slots[count] = ref;
      timesMs[count] = timeMs;
      words[2 * count] = words[2 * i] ?? 0;
      words[2 * count + 1] = words[2 * i + 1] ?? 0;
      latestMs = Math.max(latestMs, timeMs);
      count++;
    }
    const kept = histograms
      .map(({ slot, timeMs, histogram }) => ({ ref: this.#refOf(slot), timeMs, histogram }))
      .filter(({ ref, timeMs }) => keeps(ref, timeMs));
    for (const { timeMs } of kept) latestMs = Math.max(latestMs, timeMs);
    return {
      received: { count, refs: slots, timesMs, values, ...(kept.length === 0 ? {} : { histograms: kept }) },
      samples: count + kept.length,
      lastSeq,
      newestMs: count + kept.length === 0 ? null : latestMs,
      refused,
      refusal: this.#refusalOf(refused),
    };
  }

  #refOf(slot: number): SeriesRef {
    return this.#refs[slot] ?? refusedRefs.invalid;
  }

  #refusalOf({ too_old: old, too_new: ahead, ...ofSeries }: Readonly<Record<SampleRefusal, number>>): string | null {
    if (Object.values(ofSeries).some((count) => count > 0)) return this.#refusal;
    if (ahead > 0) return `${ahead} samples lie more than ten minutes in the future: the node's clock is wrong, or the hub's`;
    return old === 0 ? null : `${old} samples are older than what the hub keeps`;
  }
}

function reasonOf(ref: SeriesRef): SampleRefusal {
  if (ref === refusedRefs.label_limit) return "label_limit";
  return ref === refusedRefs.series_limit ? "series_limit" : "invalid";
}
