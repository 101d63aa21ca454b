/**
 * Samples as Prometheus remote write 1.0 takes them: a protobuf `WriteRequest` in a Snappy block, bits of stale markers included, so
 * that every peer is fed the same bytes. Source: prometheus.io/docs/specs/prw/remote_write_spec, prometheus/prompb/remote.proto.
 */
import type { SampleSet } from "./store-samples.ts";

/** Ticks of this much time go into one request, series by series, as an agent that catches up sends them. */
const windowMs = 60_000;

/** The whole set in requests' bodies, in time order. */
export function* writeRequests({ series, firstMs, lastMs }: SampleSet): Generator<Uint8Array> {
  const labels = series.map((column) => encodeLabels(column.labels));
  const values = series.map(
    (column) => new Uint8Array(column.values.buffer, column.values.byteOffset, column.values.byteLength),
  );
  const next = new Uint32Array(series.length);
  for (let endMs = firstMs + windowMs; endMs <= lastMs + windowMs; endMs += windowMs) {
    const request = new ProtobufWriter();
    for (const [row, { timestampsMs }] of series.entries()) {
      const message = new ProtobufWriter();
      let at = next[row] ?? 0;
      for (; (timestampsMs[at] ?? Infinity) < endMs; at++) {
        message.bytes(2, encodeSample(values[row]?.subarray(8 * at, 8 * at + 8) ?? noValue, timestampsMs[at] ?? 0));
      }
      if (at === next[row]) continue;
      next[row] = at;
      request.bytes(1, Buffer.concat([labels[row] ?? noValue, message.done()]));
    }
    yield snappyBlock(request.done());
  }
}

/** Posts them one after the other. Throws what the peer answers when it refuses one. */
export async function remoteWrite(url: string, set: SampleSet): Promise<void> {
  for (const body of writeRequests(set)) {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
      },
      // Its own buffer: typed arrays over shared memory are no bodies.
      body: new Uint8Array(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 500)}`);
  }
}

const noValue = new Uint8Array(0);

function encodeLabels(labels: Readonly<Record<string, string>>): Uint8Array {
  const message = new ProtobufWriter();
  for (const [name, value] of Object.entries(labels)) {
    const label = new ProtobufWriter();
    label.bytes(1, Buffer.from(name));
    label.bytes(2, Buffer.from(value));
    message.bytes(1, label.done());
  }
  return message.done();
}

function encodeSample(value: Uint8Array, timestampMs: number): Uint8Array {
  const message = new ProtobufWriter();
  message.fixed64(1, value);
  message.varint(2, timestampMs);
  return message.done();
}

/** Wire types of protobuf: a number of 7 bits a byte, eight bytes, bytes with their length before them. */
const wireVarint = 0;
const wireFixed64 = 1;
const wireBytes = 2;

class ProtobufWriter {
  #buffer = Buffer.alloc(64);
  #length = 0;

  varint(field: number, value: number): void {
    this.#key(field, wireVarint);
    this.#number(value);
  }

  /** `value`: little-endian. */
  fixed64(field: number, value: Uint8Array): void {
    this.#key(field, wireFixed64);
    this.#raw(value);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#key(field, wireBytes);
    this.#number(value.length);
    this.#raw(value);
  }

  done(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #key(field: number, wireType: number): void {
    this.#number(field * 8 + wireType);
  }

  #number(value: number): void {
    this.#reserve(10);
    let rest = value;
    // By division: times in ms have more than the 32 bits that `>>>` keeps.
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#buffer[this.#length++] = (rest % 128) + 128;
    this.#buffer[this.#length++] = rest;
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.alloc(2 * (this.#length + more));
    larger.set(this.done());
    this.#buffer = larger;
  }
}

/** Longest literal with a length of two bytes. */
const literalMax = 65_536;
/** Tag of a literal whose length − 1 is in the next two bytes. Source: google/snappy format_description.txt, 2.1. */
const literalTag = 61 << 2;

/** A valid Snappy block without compression: it costs the peers least to read, and us nothing to write. */
function snappyBlock(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [snappyLength(data.length)];
  for (let at = 0; at < data.length; at += literalMax) {
    const piece = data.subarray(at, at + literalMax);
    const last = piece.length - 1;
    parts.push(Uint8Array.of(literalTag, last & 0xff, last >> 8), piece);
  }
  return Buffer.concat(parts);
}

function snappyLength(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
