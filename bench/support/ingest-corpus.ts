/** The same requests for every receiver: samples of `query-data.ts` as Prometheus sends them by remote write, and as version 2.0 would. */
import { compressSync } from "snappy";
import { ProtoWriter } from "../../src/io/protobuf/writer.ts";
import { type SampleSet, type SeriesColumns, wordsOf } from "./store-samples.ts";

export interface CorpusShape {
  readonly seriesPerRequest: number;
  readonly samplesPerSeries: number;
  readonly version: 1 | 2;
}

export interface Corpus {
  readonly bodies: readonly Uint8Array<ArrayBuffer>[];
  /** So many requests in a row are of different series: each of them is one lane of a sender, as Prometheus has shards. */
  readonly lanes: number;
  readonly samplesPerSeries: number;
  readonly samples: number;
  readonly bytes: number;
}

export const contentTypes = {
  1: "application/x-protobuf",
  2: "application/x-protobuf;proto=io.prometheus.write.v2.Request",
} as const;

/** The whole set in time order: all series' first samples, then all series' next ones. */
export function writeCorpus(set: SampleSet, shape: CorpusShape): Corpus {
  const { seriesPerRequest, samplesPerSeries } = shape;
  const bodies: Uint8Array<ArrayBuffer>[] = [];
  let samples = 0;
  const length = set.series[0]?.values.length ?? 0;
  for (let at = 0; at < length; at += samplesPerSeries) {
    for (let first = 0; first < set.series.length; first += seriesPerRequest) {
      const series = set.series.slice(first, first + seriesPerRequest);
      const body =
        shape.version === 1 ? requestV1(series, at, at + samplesPerSeries) : requestV2(series, at, at + samplesPerSeries);
      // Its own memory: a body that is part of a pool is sent as the whole of it.
      bodies.push(Uint8Array.from(compressSync(Buffer.from(body))));
      for (const { values } of series) samples += Math.min(values.length, at + samplesPerSeries) - at;
    }
  }
  const lanes = Math.ceil(set.series.length / seriesPerRequest);
  return { bodies, lanes, samplesPerSeries, samples, bytes: bodies.reduce((sum, { length: size }) => sum + size, 0) };
}

/**
 * How many samples of each series one lane may get ahead of another: Prometheus takes nothing that is an hour behind its newest sample, and
 * a hundred of every 30 seconds are 50 minutes.
 */
const samplesAhead = 100;

/** Posts them: each lane one after the other, so that a series' samples come in order. Throws what the receiver answers when it refuses one. */
export async function postCorpus(url: string, { bodies, lanes, samplesPerSeries }: Corpus, version: 1 | 2): Promise<void> {
  const headers = {
    "content-type": contentTypes[version],
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": version === 1 ? "0.1.0" : "2.0.0",
  };
  const requestsAtOnce = lanes * Math.ceil(samplesAhead / samplesPerSeries);
  const postLane = async (lane: number, from: number): Promise<void> => {
    for (let at = from + lane; at < Math.min(bodies.length, from + requestsAtOnce); at += lanes) {
      const answer = await fetch(url, { method: "POST", headers, body: bodies[at] ?? null });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 500)}`);
    }
  };
  for (let from = 0; from < bodies.length; from += requestsAtOnce)
    await Promise.all(Array.from({ length: lanes }, (_, lane) => postLane(lane, from)));
}

function requestV1(series: readonly SeriesColumns[], from: number, to: number): Uint8Array {
  const writer = new ProtoWriter(1 << 20);
  for (const column of series) {
    const message = writer.begin(1);
    for (const [name, value] of Object.entries(column.labels)) {
      const label = writer.begin(1);
      writer.string(1, name);
      writer.string(2, value);
      writer.end(label);
    }
    writeSamples(writer, column, from, to);
    writer.end(message);
  }
  return writer.finish();
}

function requestV2(series: readonly SeriesColumns[], from: number, to: number): Uint8Array {
  const symbols = new Map([["", 0]]);
  const symbol = (text: string): number => {
    const known = symbols.get(text) ?? symbols.size;
    symbols.set(text, known);
    return known;
  };
  const refs = series.map(({ labels }) => Object.entries(labels).flatMap((pair) => pair.map(symbol)));
  const writer = new ProtoWriter(1 << 20);
  for (const text of symbols.keys()) writer.string(4, text);
  for (const [index, column] of series.entries()) {
    const message = writer.begin(5);
    const list = writer.begin(1);
    for (const ref of refs[index] ?? []) writer.varint(ref);
    writer.end(list);
    writeSamples(writer, column, from, to);
    writer.end(message);
  }
  return writer.finish();
}

function writeSamples(writer: ProtoWriter, { timestampsMs, values }: SeriesColumns, from: number, to: number): void {
  const words = wordsOf(values);
  for (let at = from; at < Math.min(to, values.length); at++) {
    const sample = writer.begin(2);
    writer.fixed64(1, words[2 * at] ?? 0, words[2 * at + 1] ?? 0);
    writer.int(2, timestampsMs[at] ?? 0);
    writer.end(sample);
  }
}
