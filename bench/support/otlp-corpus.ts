/**
 * The counters and gauges of `query-data.ts` as an OpenTelemetry Collector sends them: a resource per instance, gzip. They become the series
 * that remote write's requests have, label for label.
 */
import { gzipSync } from "node:zlib";
import { ProtoWriter } from "../../src/io/protobuf/writer.ts";
import type { Corpus, CorpusShape } from "./ingest-corpus.ts";
import { counter, gauge } from "./query-data.ts";
import { sampleSet, type SampleSet, type SeriesColumns } from "./store-samples.ts";

const cumulative = 2;

/** What is sent of the set, the last samples of each series: its histograms are left out, because a data point of one has several samples. */
export function otlpSet(set: SampleSet, samplesPerSeries: number): SampleSet {
  const sent = set.series.filter(({ labels }) => labels["__name__"] === counter || labels["__name__"] === gauge);
  return sampleSet(
    sent.map(({ labels, timestampsMs, values }) => ({
      labels,
      timestampsMs: timestampsMs.slice(-samplesPerSeries),
      values: values.slice(-samplesPerSeries),
    })),
  );
}

/** In time order, as `writeCorpus` has it for remote write. */
export function otlpCorpus({ series }: SampleSet, shape: Pick<CorpusShape, "seriesPerRequest" | "samplesPerSeries">): Corpus {
  const instances = [...Map.groupBy(series, ({ labels }) => labels["instance"] ?? "").values()];
  const instancesPerRequest = Math.max(1, Math.round((instances.length * shape.seriesPerRequest) / series.length));
  const length = series[0]?.values.length ?? 0;
  const bodies: Uint8Array<ArrayBuffer>[] = [];
  let samples = 0;
  for (let at = 0; at < length; at += shape.samplesPerSeries) {
    const to = Math.min(length, at + shape.samplesPerSeries);
    for (let first = 0; first < instances.length; first += instancesPerRequest) {
      const some = instances.slice(first, first + instancesPerRequest);
      bodies.push(Uint8Array.from(gzipSync(requestOf(some, at, to))));
      samples += some.flat().length * (to - at);
    }
  }
  const lanes = Math.ceil(instances.length / instancesPerRequest);
  const { samplesPerSeries } = shape;
  return { bodies, lanes, samplesPerSeries, samples, bytes: bodies.reduce((sum, { length: size }) => sum + size, 0) };
}

/** Posts them as `postCorpus` does. Throws what the receiver answers when it refuses a request, or a part of one. */
export async function postOtlp(url: string, { bodies, lanes }: Corpus): Promise<void> {
  const headers = { "content-type": "application/x-protobuf", "content-encoding": "gzip" };
  const postLane = async (lane: number): Promise<void> => {
    for (let at = lane; at < bodies.length; at += lanes) {
      const answer = await fetch(url, { method: "POST", headers, body: bodies[at] ?? null });
      const answered = await answer.bytes();
      if (!answer.ok || answered.length > 0)
        throw new Error(`${url} answered ${answer.status}: ${Buffer.from(answered).toString()}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => postLane(lane)));
}

function requestOf(instances: readonly (readonly SeriesColumns[])[], from: number, to: number): Uint8Array {
  const writer = new ProtoWriter(1 << 20);
  for (const series of instances) {
    const { job = "", instance = "" } = series[0]?.labels ?? {};
    nested(writer, 1, () => {
      nested(writer, 1, () => {
        attribute(writer, 1, "service.name", job);
        attribute(writer, 1, "service.instance.id", instance);
      });
      nested(writer, 2, () => {
        const named = (name: string): readonly SeriesColumns[] => series.filter(({ labels }) => labels["__name__"] === name);
        writeMetric(writer, "http.requests", "{request}", 7, () => {
          writePoints(writer, named(counter), from, to);
          writer.uint(2, cumulative);
          writer.bool(3, true);
        });
        writeMetric(writer, "memory.usage", "By", 5, () => writePoints(writer, named(gauge), from, to));
      });
    });
  }
  return writer.finish();
}

function writeMetric(writer: ProtoWriter, name: string, unit: string, field: number, data: () => void): void {
  nested(writer, 2, () => {
    writer.string(1, name);
    writer.string(3, unit);
    nested(writer, field, data);
  });
}

function writePoints(writer: ProtoWriter, series: readonly SeriesColumns[], from: number, to: number): void {
  for (const { labels, timestampsMs, values } of series) {
    for (let at = from; at < to; at++) {
      nested(writer, 1, () => {
        writer.bigFixed64(2, BigInt(timestampsMs[0] ?? 0) * 1_000_000n);
        writer.bigFixed64(3, BigInt(timestampsMs[at] ?? 0) * 1_000_000n);
        writer.double(4, values[at] ?? 0);
        for (const name of ["container", "pod"]) attribute(writer, 7, name, labels[name] ?? "");
      });
    }
  }
}

function attribute(writer: ProtoWriter, field: number, name: string, value: string): void {
  nested(writer, field, () => {
    writer.string(1, name);
    nested(writer, 2, () => writer.string(1, value));
  });
}

function nested(writer: ProtoWriter, field: number, write: () => void): void {
  const start = writer.begin(field);
  write();
  writer.end(start);
}
