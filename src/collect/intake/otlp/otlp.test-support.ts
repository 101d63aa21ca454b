/** A door of OTLP with a store in memory behind it, for tests of what requests become. */
import type { SeriesExemplars } from "../../../core/exemplar.ts";
import type { RefusalReason } from "../../../core/intake.ts";
import { configSchema } from "../../../core/config.ts";
import { formatLabels, type Labels, labelsKey } from "../../../core/labels.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import type { LogRecord, Span } from "../../../core/span.ts";
import type { ReceivedSamples } from "../../../core/storage.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import type { Door, DoorAnswer } from "../door.ts";
import type { RefusedSeries } from "../sink.ts";
import { jsonToProtobuf } from "./json-to-protobuf.ts";
import type { OtlpContext } from "./otlp-door.ts";
import type { MessageShape } from "./otlp-messages.ts";

/** The time that it is in the tests, ms; samples from an hour before to ten minutes after are taken. */
export const nowMs = 1_800_000_000_000;

/** In nanoseconds, as OTLP/JSON has it: so many ms after `nowMs`. */
export function at(offsetMs: number): string {
  return String(BigInt(nowMs) * 1_000_000n + BigInt(Math.round(offsetMs * 1_000_000)));
}

/** A sample that was stored; times are relative to `nowMs`. `bits`: of the value, in hex, where it is NaN. */
export interface StoredSample {
  readonly series: string;
  readonly atMs: number;
  readonly value: number | string;
}

export class OtlpLab {
  readonly spans: Span[] = [];
  readonly logs: LogRecord[] = [];
  readonly exemplars: SeriesExemplars[] = [];
  readonly metadata: MetricMetadata[] = [];
  readonly refused: [RefusalReason, number][] = [];
  readonly histograms: { readonly series: string; readonly atMs: number; readonly histogram: NativeHistogram }[] = [];
  /** Of each series how often it is held. */
  readonly holds = new Map<string, number>();
  /** Why a series gets no number; `null`: it does. */
  refuse: (labels: Labels) => string | null = () => null;
  /** Thrown by the next store. */
  failure: Error | null = null;
  clockMs = nowMs;
  /** How far the wall clock was set forward. */
  wallAheadMs = 0;
  syncs = 0;
  resolved = 0;
  readonly door: Door;
  readonly #series: Labels[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #samples = new Map<string, StoredSample>();
  readonly #shape: MessageShape;
  #config: ReturnType<typeof configSchema.parse>;

  constructor(open: (context: OtlpContext) => Door, shape: MessageShape, options: Readonly<Record<string, unknown>> = {}) {
    this.#shape = shape;
    this.#config = configSchema.parse({ otlp: options });
    this.door = open(this.#context());
  }

  configure(options: Readonly<Record<string, unknown>>): void {
    this.#config = configSchema.parse({ otlp: options });
  }

  /** Sends a request that is written as OTLP/JSON, in protobuf unless JSON is asked for. */
  async send(message: object, encoding: "protobuf" | "json" = "protobuf"): Promise<DoorAnswer> {
    const json = new TextEncoder().encode(JSON.stringify(message));
    return encoding === "json"
      ? this.sendBytes(json, "application/json")
      : this.sendBytes(jsonToProtobuf(json, this.#shape), "application/x-protobuf");
  }

  async sendBytes(body: Uint8Array<ArrayBuffer>, contentType: string, contentEncoding = ""): Promise<DoorAnswer> {
    return this.door.answer({ contentType, contentEncoding, headers: {}, body, node: null });
  }

  /** What there is of samples, by series and time. */
  get samples(): readonly StoredSample[] {
    return [...this.#samples.values()].sort((a, b) => compare(a.series, b.series) || a.atMs - b.atMs);
  }

  #context(): OtlpContext {
    return {
      sink: {
        resolve: async (labels) => labels.map((one) => this.#resolve(one)),
        release: (refs) => {
          for (const ref of refs) this.#hold(ref, -1);
        },
        store: async (samples) => this.#store(samples),
        oldestAcceptedMs: () => nowMs - 3_600_000,
        newestAcceptedMs: () => nowMs + 600_000,
      },
      telemetry: () => ({
        addSpans: (spans) => void this.spans.push(...spans),
        addLogs: (logs) => void this.logs.push(...logs),
        addExemplars: (exemplars) => void this.exemplars.push(...exemplars),
        noteMetadata: (metadata) => void this.metadata.push(...metadata),
        addEvents: () => undefined,
        sync: () => void this.syncs++,
      }),
      config: () => this.#config,
      tally: { received: () => undefined, refused: (reason, count) => void this.refused.push([reason, count]) },
      clock: { nowMs: () => this.clockMs + this.wallAheadMs, monotonicMs: () => this.clockMs },
      logger: keepLines().logger,
    };
  }

  #resolve(labels: Labels): number | RefusedSeries {
    this.resolved++;
    const refusal = this.refuse(labels);
    if (refusal !== null) return { reason: "series_limit", refusal };
    const key = labelsKey(labels);
    const number = this.#numbers.get(key) ?? this.#series.push(labels) - 1;
    this.#numbers.set(key, number);
    this.#hold(number, 1);
    return number;
  }

  #hold(ref: number, change: number): void {
    const series = this.#name(ref);
    this.holds.set(series, (this.holds.get(series) ?? 0) + change);
  }

  #name(ref: number): string {
    const labels = this.#series[ref];
    if (labels === undefined) throw new Error(`no series has the number ${ref}`);
    return formatLabels(labels);
  }

  #store({ count, refs, timesMs, values, histograms = [] }: ReceivedSamples): void {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
    const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
    for (let index = 0; index < count; index++) {
      const series = this.#name(refs[index] ?? -1);
      const atMs = (timesMs[index] ?? 0) - nowMs;
      const number = values[index] ?? 0;
      const value = Number.isNaN(number) ? (bits[index] ?? 0n).toString(16) : number;
      this.#samples.set(`${series}\n${atMs}`, { series, atMs, value });
    }
    for (const { ref, timeMs, histogram } of histograms) {
      this.histograms.push({ series: this.#name(ref), atMs: timeMs - nowMs, histogram });
    }
  }
}

/** Stored samples as lines of text: `series time value`. */
export function lines(samples: readonly StoredSample[]): readonly string[] {
  return samples.map(({ series, atMs, value }) => `${series} ${atMs} ${value}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
