/**
 * Reads what a target answers in protobuf: messages `io.prometheus.client.MetricFamily`, each behind its length. Told as samples, one by
 * one, with the key that the text format would have for the series; nothing is made per field.
 * Sources: prometheus/client_model io/prometheus/client/metrics.proto; Prometheus 3 model/textparse/protobufparse.go for what becomes of
 * each type.
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { ProtoReader } from "../protobuf/reader.ts";
import { wireType } from "../protobuf/wire-type.ts";
import { boundText } from "./format-bound.ts";
import { KeyWriter } from "./key-writer.ts";
import { ProtobufHistogram } from "./protobuf-histogram.ts";

/** Takes what is found, in the order of the body. `key` holds the series or the line only until the method returns. */
export interface ProtobufTaker {
  /** A line of metadata, as the text format would have it. */
  comment(key: KeyWriter): void;
  /** `exemplarAt`: the place of its message in the body, or -1. */
  sample(key: KeyWriter, timeMs: number, value: number, exemplarAt: number, exemplarEnd: number): void;
  histogram(key: KeyWriter, timeMs: number, histogram: NativeHistogram, exemplars: readonly number[]): void;
}

export interface ProtobufOptions {
  readonly native: boolean;
  /** Take classic buckets also of a histogram that has native ones. */
  readonly classic: boolean;
}

/** By number. Source: metrics.proto, MetricType. */
const types = ["counter", "gauge", "summary", "untyped", "histogram", "gaugehistogram"] as const;

type Type = (typeof types)[number];

const empty = new Uint8Array(0);

/** Metrics of one slice. */
const sliceMetrics = 1024;

export class ProtobufExposition {
  readonly #reader: ProtoReader;
  readonly #taker: ProtobufTaker;
  readonly #options: ProtobufOptions;
  readonly #key = new KeyWriter();
  readonly #histogram = new ProtobufHistogram();
  /** Where the next family begins. */
  #at = 0;
  #name: Uint8Array = empty;
  #type: Type = "counter";
  /** From and to of each metric of the family at hand, and the next of them. */
  #metrics: number[] = [];
  #metric = 0;
  /** From and to of the labels of the metric at hand. */
  readonly #labels: number[] = [];

  constructor(bytes: Uint8Array, taker: ProtobufTaker, options: ProtobufOptions) {
    this.#reader = new ProtoReader(bytes);
    this.#taker = taker;
    this.#options = options;
  }

  /** Reads on. False: that was all. Throws `ProtobufError`, and what the taker throws. */
  readSlice(): boolean {
    for (let count = 0; count < sliceMetrics; count++) {
      while (this.#metric >= this.#metrics.length) if (!this.#family()) return false;
      this.#readMetric(this.#metrics[this.#metric] ?? 0, this.#metrics[this.#metric + 1] ?? 0);
      this.#metric += 2;
    }
    return true;
  }

  /** Goes to the next family, and tells its metadata. */
  #family(): boolean {
    const reader = this.#reader;
    if (this.#at >= reader.bytes.length) return false;
    reader.at = this.#at;
    reader.end = reader.bytes.length;
    // The length has no tag before it: it is what a field of bytes has behind its tag.
    reader.wire = wireType.bytes;
    reader.enter();
    this.#at = reader.end;
    this.#name = empty;
    this.#type = "counter";
    this.#metrics = [];
    this.#metric = 0;
    let help: Uint8Array | null = null;
    let unit: Uint8Array = empty;
    while (reader.next()) {
      if (reader.field === 1) this.#name = reader.bytesValue();
      else if (reader.field === 2) help = reader.bytesValue();
      else if (reader.field === 3) this.#type = types[reader.uint32()] ?? "untyped";
      else if (reader.field === 4) this.#note(this.#metrics);
      else if (reader.field === 5) unit = reader.bytesValue();
      else reader.skip();
    }
    this.#tell("HELP", help);
    this.#tell("TYPE", Buffer.from(this.#type));
    if (unit.length > 0) this.#tell("UNIT", unit);
    return true;
  }

  #tell(word: string, text: Uint8Array | null): void {
    if (text === null) return;
    const key = this.#key;
    key.begin(`# ${word} "`);
    key.escaped(this.#name);
    key.append('" ');
    key.escaped(text);
    this.#taker.comment(key);
  }

  /** Notes from and to of the message at hand, and goes over it. */
  #note(places: number[]): void {
    const outer = this.#reader.enter();
    places.push(this.#reader.at, this.#reader.end);
    this.#reader.leave(outer);
  }

  #readMetric(from: number, to: number): void {
    const reader = this.#reader;
    reader.at = from;
    reader.end = to;
    this.#labels.length = 0;
    let value = -1;
    let valueEnd = -1;
    let timeMs = Number.NaN;
    while (reader.next()) {
      if (reader.field === 1) this.#note(this.#labels);
      else if (reader.field === 6) timeMs = reader.int64AsNumber() || Number.NaN;
      else if (reader.wire === wireType.bytes && reader.field <= 7) {
        const outer = reader.enter();
        value = reader.at;
        valueEnd = reader.end;
        reader.leave(outer);
      } else reader.skip();
    }
    // A metric without a value of its type is one of 0: protobuf leaves out what is empty.
    reader.at = value === -1 ? to : value;
    reader.end = value === -1 ? to : valueEnd;
    if (this.#type === "summary") this.#summary(timeMs);
    else if (this.#type === "histogram" || this.#type === "gaugehistogram") this.#histograms(timeMs);
    else this.#number(timeMs);
  }

  /** A counter, gauge or untyped metric. */
  #number(timeMs: number): void {
    const reader = this.#reader;
    let value = 0;
    let exemplarAt = -1;
    let exemplarEnd = -1;
    while (reader.next()) {
      if (reader.field === 1) value = reader.double();
      else if (reader.field === 2 && this.#type === "counter") {
        const outer = reader.enter();
        exemplarAt = reader.at;
        exemplarEnd = reader.end;
        reader.leave(outer);
      } else reader.skip();
    }
    this.#series("", null, null);
    this.#taker.sample(this.#key, timeMs, value, exemplarAt, exemplarEnd);
  }

  #summary(timeMs: number): void {
    const reader = this.#reader;
    const quantiles: number[] = [];
    let count = 0;
    let sum = 0;
    while (reader.next()) {
      if (reader.field === 1) count = reader.uint64AsNumber();
      else if (reader.field === 2) sum = reader.double();
      else if (reader.field === 3) this.#quantile(quantiles);
      else reader.skip();
    }
    this.#part("_count", timeMs, count);
    this.#part("_sum", timeMs, sum);
    for (let i = 0; i < quantiles.length; i += 2) {
      this.#series("", "quantile", boundText(quantiles[i] ?? 0));
      this.#taker.sample(this.#key, timeMs, quantiles[i + 1] ?? 0, -1, -1);
    }
  }

  /** Appends the quantile and its value. */
  #quantile(into: number[]): void {
    const reader = this.#reader;
    const outer = reader.enter();
    let quantile = 0;
    let value = 0;
    while (reader.next()) {
      if (reader.field === 1) quantile = reader.double();
      else if (reader.field === 2) value = reader.double();
      else reader.skip();
    }
    reader.leave(outer);
    into.push(quantile, value);
  }

  #histograms(timeMs: number): void {
    const histogram = this.#histogram;
    histogram.read(this.#reader);
    const takesNative = this.#options.native && histogram.isNative;
    if (takesNative) {
      this.#series("", null, null);
      this.#taker.histogram(this.#key, timeMs, histogram.native(this.#type === "gaugehistogram"), histogram.exemplars);
    }
    // Buckets of nobody's wish are left out; a native one without classic buckets has none to give.
    if (takesNative && (!this.#options.classic || histogram.bounds.length === 0)) return;
    this.#part("_count", timeMs, histogram.count);
    this.#part("_sum", timeMs, histogram.sum);
    const { bounds, counts, bucketExemplars } = histogram;
    for (const [index, bound] of bounds.entries()) {
      this.#series("_bucket", "le", boundText(bound));
      this.#taker.sample(
        this.#key,
        timeMs,
        counts[index] ?? 0,
        bucketExemplars[2 * index] ?? -1,
        bucketExemplars[2 * index + 1] ?? -1,
      );
    }
    if (bounds.at(-1) === Number.POSITIVE_INFINITY) return;
    this.#series("_bucket", "le", "+Inf");
    this.#taker.sample(this.#key, timeMs, histogram.count, -1, -1);
  }

  #part(suffix: string, timeMs: number, value: number): void {
    this.#series(suffix, null, null);
    this.#taker.sample(this.#key, timeMs, value, -1, -1);
  }

  /** Writes the key of a series of the metric at hand. */
  #series(suffix: string, label: string | null, value: string | null): void {
    const key = this.#key;
    key.beginSeries(this.#name, suffix);
    const reader = this.#reader;
    for (let i = 0; i < this.#labels.length; i += 2) {
      reader.at = this.#labels[i] ?? 0;
      reader.end = this.#labels[i + 1] ?? 0;
      let labelName: Uint8Array = empty;
      let labelText: Uint8Array = empty;
      while (reader.next()) {
        if (reader.field === 1) labelName = reader.bytesValue();
        else if (reader.field === 2) labelText = reader.bytesValue();
        else reader.skip();
      }
      key.label(labelName, labelText);
    }
    if (label !== null && value !== null) key.plainLabel(label, value);
    key.endSeries();
  }
}
