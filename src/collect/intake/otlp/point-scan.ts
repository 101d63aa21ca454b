/** What the messages of all kinds of data points have in common, while one of them is read; one object for all, one after another. */
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { millisecondsOf } from "./nanoseconds.ts";

/** Bit of the flags: there is no value, the stream has ended. Source: metrics.proto, DataPointFlags. */
const noRecordedValue = 1;

/** The same in all kinds of data points. */
const timeFields = { start: 2, time: 3 } as const;

/** What all kinds of data points have, at numbers of their own. Source: metrics.proto. */
export interface PointFields {
  readonly attributes: number;
  readonly flags: number;
  /** Left out: the kind has none. */
  readonly exemplars?: number;
}

export class PointScan {
  /** Ms since the epoch; 0 where it was not said. */
  startMs = 0;
  timeMs = 0;
  flags = 0;
  /** Beginnings and ends of the exemplars' messages. */
  readonly exemplars: number[] = [];
  /** Where the attributes stand, with their tags: what the stream is found by. */
  keyBytes: Uint8Array;
  keyFrom = 0;
  keyTo = 0;
  readonly #reader: ProtoReader;
  #scattered: Uint8Array[] = [];

  constructor(reader: ProtoReader) {
    this.#reader = reader;
    this.keyBytes = reader.bytes;
  }

  begin(): void {
    this.startMs = 0;
    this.timeMs = 0;
    this.flags = 0;
    this.keyBytes = this.#reader.bytes;
    this.keyFrom = 0;
    this.keyTo = 0;
    if (this.exemplars.length > 0) this.exemplars.length = 0;
    if (this.#scattered.length > 0) this.#scattered = [];
  }

  get hasNoValue(): boolean {
    return (this.flags & noRecordedValue) !== 0;
  }

  /** Reads the field at hand, whose tag begins at `tagAt`, where it is one that all kinds have; skips it where it is unknown. */
  other(field: PointFields, tagAt: number): void {
    const reader = this.#reader;
    switch (reader.field) {
      case field.attributes:
        this.#attribute(tagAt);
        break;
      case timeFields.start:
        this.startMs = this.#milliseconds();
        break;
      case timeFields.time:
        this.timeMs = this.#milliseconds();
        break;
      case field.flags:
        this.flags = reader.uint32();
        break;
      case field.exemplars:
        this.#exemplar();
        break;
      default:
        reader.skip();
    }
  }

  #milliseconds(): number {
    const reader = this.#reader;
    reader.fixed64();
    return millisecondsOf(reader.low, reader.high);
  }

  #exemplar(): void {
    const outer = this.#reader.enter();
    this.exemplars.push(this.#reader.at, this.#reader.end);
    this.#reader.leave(outer);
  }

  #attribute(tagAt: number): void {
    const reader = this.#reader;
    reader.skip();
    if (this.keyTo !== tagAt) {
      if (this.keyTo > this.keyFrom) this.#scattered.push(reader.bytes.subarray(this.keyFrom, this.keyTo));
      this.keyFrom = tagAt;
    }
    this.keyTo = reader.at;
  }

  /** At the end of the point: attributes with something between them, which nobody writes but may, are put side by side. */
  finish(): void {
    if (this.#scattered.length === 0) return;
    this.keyBytes = Buffer.concat([...this.#scattered, this.#reader.bytes.subarray(this.keyFrom, this.keyTo)]);
    this.keyFrom = 0;
    this.keyTo = this.keyBytes.length;
  }

  /** Puts the attributes in one order, whichever the sender has chosen. */
  sortAttributes(): void {
    const attributes: Uint8Array[] = [];
    const reader = new ProtoReader(this.keyBytes, this.keyFrom, this.keyTo);
    for (let from = reader.at; reader.next(); from = reader.at) {
      reader.skip();
      attributes.push(this.keyBytes.subarray(from, reader.at));
    }
    const isSorted = attributes.every((one, at) => at === 0 || Buffer.compare(attributes[at - 1] ?? one, one) <= 0);
    if (isSorted) return;
    this.keyBytes = Buffer.concat(attributes.sort((a, b) => Buffer.compare(a, b)));
    this.keyFrom = 0;
    this.keyTo = this.keyBytes.length;
  }
}
