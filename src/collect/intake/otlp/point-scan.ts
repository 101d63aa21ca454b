/** What the messages of all kinds of data points have in common, while one of them is read; one object for all, one after another. */
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { millisecondsOf } from "./nanoseconds.ts";

/** Bit of the flags: there is no value, the stream has ended. Source: metrics.proto, DataPointFlags. */
const noRecordedValue = 1;

/** The same in all kinds of data points. */
export const timeFields = { start: 2, time: 3 } as const;

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

  start(): void {
    const reader = this.#reader;
    reader.fixed64();
    this.startMs = millisecondsOf(reader.low, reader.high);
  }

  time(): void {
    const reader = this.#reader;
    reader.fixed64();
    this.timeMs = millisecondsOf(reader.low, reader.high);
  }

  exemplar(): void {
    const outer = this.#reader.enter();
    this.exemplars.push(this.#reader.at, this.#reader.end);
    this.#reader.leave(outer);
  }

  /** The value at hand is an attribute, whose tag begins at `tagAt`. */
  attribute(tagAt: number): void {
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
