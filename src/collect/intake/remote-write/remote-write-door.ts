/**
 * The door of Prometheus remote write, 1.0 and 2.0. What is good in a request is stored, also where something else in it is not: that is
 * then told with status 400. Zstandard is what VictoriaMetrics's agent prefers; other encodings are to be refused. Unlike Prometheus's own receiver it takes samples in any order, again and again: the last one counts.
 * Source: prometheus/docs specs/prw/remote_write_spec.md, remote_write_spec_2_0.md; prometheus/prometheus storage/remote/write_handler.go.
 */
import type { IngestConfig } from "../../../core/config-ingest.ts";
import { contentEncodingOf, decompress } from "../../../io/decompress.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import { type Door, type DoorAnswer, type DoorContext, type DoorRequest, textAnswer } from "../door.ts";
import { decodeV1, seriesFieldV1 } from "./decode-v1.ts";
import { decodeV2, seriesFieldV2 } from "./decode-v2.ts";
import { NewMetadata } from "../new-metadata.ts";
import { SeriesNumbers } from "./new-series.ts";
import type { Refusal } from "./refusals.ts";
import { SeriesCache, type SeriesCacheLimits } from "./series-cache.ts";
import { watchRequest } from "./watch-request.ts";
import { WriteBatch } from "./write-batch.ts";

/** Of each of two generations. Either one holds the largest request. */
function cacheLimitsOf({ max_series_per_request: series, max_decompressed_bytes: bytes }: IngestConfig): SeriesCacheLimits {
  return { series: Math.max(500_000, series), keyBytes: Math.max(67_108_864, 2 * bytes), generationMs: 600_000 };
}

/** Bytes that a sample takes in a request, before any was seen: with short labels, and one sample per series. */
const firstBytesPerSample = 60;

const messages = {
  "prometheus.WriteRequest": { decode: decodeV1, seriesField: seriesFieldV1 },
  "io.prometheus.write.v2.Request": { decode: decodeV2, seriesField: seriesFieldV2 },
} as const;
type Message = keyof typeof messages;

export function openRemoteWriteDoor(context: DoorContext): Door {
  const { sink, clock, tally } = context;
  const cache = new SeriesCache(cacheLimitsOf(context.config().ingest), clock.monotonicMs(), (refs) => sink.release(refs));
  const numbers = new SeriesNumbers(sink, cache, clock);
  const metadata = new NewMetadata();
  let bytesPerSample = firstBytesPerSample;

  const decode = (message: Message, bytes: Uint8Array, refused: ReadonlyMap<string, Refusal> | null): WriteBatch => {
    cache.begin(clock.monotonicMs());
    const batch = new WriteBatch({
      cache,
      refused,
      limits: context.config().ingest,
      oldestMs: sink.oldestAcceptedMs(),
      newestMs: sink.newestAcceptedMs(),
      // A little more than in the last request: a second piece of memory costs more.
      expectedSamples: Math.ceil((1.1 * bytes.length) / bytesPerSample),
    });
    messages[message].decode(bytes, batch);
    if (batch.samples > 0) bytesPerSample = bytes.length / batch.samples;
    return batch;
  };
  const read = async (message: Message, bytes: Uint8Array): Promise<WriteBatch> => {
    const batch = decode(message, bytes, null);
    if (batch.missing.length === 0) return batch;
    // Read again from the begin once all series are known: that happens once per series, and keeps the usual way simple.
    const copy = Uint8Array.from(bytes);
    return decode(message, copy, await numbers.find(batch.missing));
  };
  /** Not worth a sync of their own: who sends them will send others. Samples that are stored are not refused for their sake. */
  const storeBeside = (batch: WriteBatch): void => {
    const news = metadata.filter(batch.metadata);
    try {
      if (batch.exemplars.length > 0) context.telemetry().addExemplars(batch.exemplars);
      if (news.length > 0) context.telemetry().noteMetadata(news);
      tally.received("exemplars", exemplarsOf(batch));
      tally.received("metadata", news.length);
    } catch (error) {
      context.logger.warn("exemplars and metadata of a request could not be stored; its samples are", { error });
      batch.exemplars.length = 0;
    }
  };
  const store = async (batch: WriteBatch): Promise<void> => {
    await Promise.all(batch.columns.pieces().map((piece) => sink.store(piece)));
    storeBeside(batch);
    tally.received("samples", batch.samples + batch.histograms);
    tally.received("histograms", batch.histograms);
    for (const [reason, count] of batch.refusals.counts()) tally.refused(reason, count);
  };

  return {
    async answer(request, weigh) {
      const message = messageOf(request);
      if (typeof message !== "string") return message;
      // Its absence means Snappy, as in Prometheus.
      const encoding = request.contentEncoding === "" ? "snappy" : contentEncodingOf(request.contentEncoding);
      if (encoding !== "snappy" && encoding !== "zstd") {
        return unsupported(`the encoding ${JSON.stringify(request.contentEncoding)} is not read here; send snappy`);
      }
      const { max_decompressed_bytes: maxBytes, max_series_per_request: maxSeries } = context.config().ingest;
      try {
        const watch = watchRequest(messages[message].seriesField, maxSeries);
        const bytes = decompress(request.body, encoding, maxBytes, watch);
        weigh?.(bytes.length);
        const batch = await read(message, bytes);
        await store(batch);
        return answerTo(message, batch);
      } catch (error) {
        if (!(error instanceof ProtobufError)) throw error;
        return textAnswer(400, `the body is no ${message}: ${error.message}\n`);
      }
    },
    keepUp: () => cache.begin(clock.monotonicMs()),
  };
}

/** Which message the content type names; without a parameter it is that of 1.0. */
function messageOf({ contentType }: DoorRequest): Message | DoorAnswer {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  if (type !== "" && type.toLowerCase() !== "application/x-protobuf") {
    return unsupported(`${JSON.stringify(contentType)} is not read here; send application/x-protobuf`);
  }
  const name = parameters.map((parameter) => /^proto="?([^"]*)"?$/.exec(parameter)?.[1]).find((found) => found !== undefined);
  if (name === undefined || name === "prometheus.WriteRequest") return "prometheus.WriteRequest";
  return name === "io.prometheus.write.v2.Request" ? name : unsupported(`the message ${JSON.stringify(name)} is not read here`);
}

function unsupported(text: string): DoorAnswer {
  return textAnswer(415, `${text}\n`);
}

/** 2.0 wants to know how much was written, whatever the status is; senders of 1.0 ignore it. */
function answerTo(message: Message, batch: WriteBatch): DoorAnswer {
  const { refusals, samples, histograms } = batch;
  const written = {
    "x-prometheus-remote-write-samples-written": String(samples),
    "x-prometheus-remote-write-histograms-written": String(histograms),
    "x-prometheus-remote-write-exemplars-written": String(exemplarsOf(batch)),
  };
  const headers = message === "io.prometheus.write.v2.Request" ? written : {};
  const { status } = refusals;
  if (status === 0) return textAnswer(204, "", headers);
  return textAnswer(status, `${refusals.text()}\n`, status === 429 ? { ...headers, "retry-after": "60" } : headers);
}

function exemplarsOf({ exemplars }: WriteBatch): number {
  return exemplars.reduce((sum, { exemplars: ofSeries }) => sum + ofSeries.length, 0);
}
