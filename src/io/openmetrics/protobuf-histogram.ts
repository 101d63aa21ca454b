/**
 * A histogram message of a scraped target: classic buckets, native ones, or both.
 * Sources: prometheus/client_model io/prometheus/client/metrics.proto, Histogram; Prometheus 3 model/textparse/protobufparse.go,
 * `isNativeHistogram`, `Histogram`.
 */
import {
  type BucketSpan,
  exponentialSchemaMax,
  exponentialSchemaMin,
  type NativeHistogram,
} from "../../core/native-histogram.ts";
import { ProtobufError } from "../protobuf/protobuf-error.ts";
import type { ProtoReader } from "../protobuf/reader.ts";

/** Classic buckets, and native ones of each sign, that one histogram may have: client libraries write some hundreds at most. */
const bucketsMax = 16_384;

/** Filled anew by `read`; kept, because a scrape has thousands. */
export class ProtobufHistogram {
  count = 0;
  sum = 0;
  /** Of the classic buckets, ascending as they come. */
  readonly bounds: number[] = [];
  readonly counts: number[] = [];
  /** Per bucket, and of native ones as a list: from and to of exemplars in the body; -1, -1: none. */
  readonly bucketExemplars: number[] = [];
  readonly exemplars: number[] = [];
  #schema = 0;
  #zeroThreshold = 0;
  #zeroCount = 0;
  readonly #spans: { positive: BucketSpan[]; negative: BucketSpan[] } = { positive: [], negative: [] };
  readonly #deltas: { positive: number[]; negative: number[] } = { positive: [], negative: [] };
  readonly #floats: { positive: number[]; negative: number[] } = { positive: [], negative: [] };

  /** Reads the message that the reader is in. Throws `ProtobufError`. */
  read(reader: ProtoReader): void {
    this.#clear();
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.count = reader.uint64AsNumber();
          break;
        case 2:
          this.sum = reader.double();
          break;
        case 3:
          this.#bucket(reader);
          break;
        case 4:
          // What is counted in fractions has this instead; the whole number then is 0.
          this.count = reader.double() || this.count;
          break;
        case 5:
          this.#schema = reader.sint32();
          break;
        case 6:
          this.#zeroThreshold = reader.double();
          break;
        case 7:
          this.#zeroCount = reader.uint64AsNumber();
          break;
        case 8:
          this.#zeroCount = reader.double() || this.#zeroCount;
          break;
        case 9:
          this.#span(reader, this.#spans.negative);
          break;
        case 10:
          reader.sint64s(this.#deltas.negative, bucketsMax);
          break;
        case 11:
          reader.doubles(this.#floats.negative, bucketsMax);
          break;
        case 12:
          this.#span(reader, this.#spans.positive);
          break;
        case 13:
          reader.sint64s(this.#deltas.positive, bucketsMax);
          break;
        case 14:
          reader.doubles(this.#floats.positive, bucketsMax);
          break;
        case 16:
          this.#exemplar(reader, this.exemplars);
          break;
        default:
          reader.skip();
      }
    }
  }

  /** A native one without observations has an empty span, by which it can be told from a classic one. */
  get isNative(): boolean {
    const { positive, negative } = this.#spans;
    return positive.length > 0 || negative.length > 0 || this.#zeroThreshold > 0 || this.#zeroCount > 0;
  }

  /** Throws `ProtobufError` where buckets and spans do not fit each other, or the schema is none that is known. */
  native(isGauge: boolean): NativeHistogram {
    if (this.#schema < exponentialSchemaMin || this.#schema > exponentialSchemaMax)
      throw new ProtobufError(`a histogram has the unknown schema ${this.#schema}`, 0);
    return {
      counterReset: isGauge ? "gauge" : "unknown",
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount,
      count: this.count,
      sum: this.sum,
      positiveSpans: [...this.#spans.positive],
      positiveBuckets: this.#buckets("positive"),
      negativeSpans: [...this.#spans.negative],
      negativeBuckets: this.#buckets("negative"),
      customValues: [],
    };
  }

  #buckets(sign: "positive" | "negative"): readonly number[] {
    const floats = this.#floats[sign];
    const buckets = floats.length > 0 ? [...floats] : [...this.#deltas[sign]];
    if (floats.length === 0) for (let i = 1; i < buckets.length; i++) buckets[i] = (buckets[i - 1] ?? 0) + (buckets[i] ?? 0);
    const places = this.#spans[sign].reduce((sum, { length }) => sum + length, 0);
    if (places !== buckets.length)
      throw new ProtobufError(`a histogram's spans have ${places} places for ${buckets.length} buckets`, 0);
    if (buckets.some((count) => count < 0)) throw new ProtobufError("a histogram's bucket counts less than nothing", 0);
    return buckets;
  }

  #bucket(reader: ProtoReader): void {
    if (this.bounds.length >= bucketsMax) throw new ProtobufError(`a histogram has more than ${bucketsMax} buckets`, reader.at);
    const outer = reader.enter();
    let count = 0;
    let bound = 0;
    let from = -1;
    let to = -1;
    while (reader.next()) {
      if (reader.field === 1) count = reader.uint64AsNumber();
      else if (reader.field === 4) count = reader.double() || count;
      else if (reader.field === 2) bound = reader.double();
      else if (reader.field === 3) {
        const around = reader.enter();
        from = reader.at;
        to = reader.end;
        reader.leave(around);
      } else reader.skip();
    }
    reader.leave(outer);
    this.bounds.push(bound);
    this.counts.push(count);
    this.bucketExemplars.push(from, to);
  }

  #span(reader: ProtoReader, spans: BucketSpan[]): void {
    if (spans.length >= bucketsMax) throw new ProtobufError(`a histogram has more than ${bucketsMax} spans`, reader.at);
    const outer = reader.enter();
    let offset = 0;
    let length = 0;
    while (reader.next()) {
      if (reader.field === 1) offset = reader.sint32();
      else if (reader.field === 2) length = reader.uint32() >>> 0;
      else reader.skip();
    }
    reader.leave(outer);
    if (offset < 0 && spans.length > 0) throw new ProtobufError("a histogram's spans overlap", reader.at);
    spans.push({ offset, length });
  }

  #exemplar(reader: ProtoReader, places: number[]): void {
    const outer = reader.enter();
    places.push(reader.at, reader.end);
    reader.leave(outer);
  }

  #clear(): void {
    this.count = 0;
    this.sum = 0;
    this.#schema = 0;
    this.#zeroThreshold = 0;
    this.#zeroCount = 0;
    for (const list of [this.bounds, this.counts, this.bucketExemplars, this.exemplars]) list.length = 0;
    for (const both of [this.#spans, this.#deltas, this.#floats]) both.positive.length = both.negative.length = 0;
  }
}
