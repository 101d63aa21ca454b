/**
 * Sends to what speaks Prometheus's remote write: Prometheus, VictoriaMetrics, Mimir, Thanos, Cortex, another ChainPulse. Version 2.0
 * falls back to 1.0 where the receiver says that it does not know it, and stays there.
 * Source: prometheus.io/docs/specs/prw/remote_write_spec and remote_write_spec_2_0.
 */
import { compressSync } from "snappy";
import type { Clock } from "../../../core/clock.ts";
import type { RemoteWriteConfig } from "../../../core/config-forward.ts";
import type { Labels } from "../../../core/labels.ts";
import type { Logger } from "../../../core/logger.ts";
import type { SeriesRef } from "../../../core/storage.ts";
import { version as programVersion } from "../../../core/version.ts";
import { addressOf, type HttpAnswer, openHttpClient, retryAfterMs } from "../../../io/http-client.ts";
import { endpointOf } from "../../../io/http-endpoint.ts";
import type { OutboxRecord } from "../../../store/outbox/outbox-record.ts";
import type { Destination, LabelsOf, SendOutcome } from "../destination.ts";
import type { KnownMetrics } from "../known-metrics.ts";
import { remoteWritePlace } from "../place-of.ts";
import { chunksOf, type SampleChunk } from "../series-chunks.ts";
import { type EncodeRequest, withExternalLabels } from "./request.ts";
import { createRequestV1, encodeMetadataV1 } from "./request-v1.ts";
import { createRequestV2 } from "./request-v2.ts";

/** Of a receiver's own words as much as a log line needs. */
const answerCharsMax = 300;
const answerBytesMax = 64 * 1024;

const headersOf = {
  "1.0": { "content-type": "application/x-protobuf", "x-prometheus-remote-write-version": "0.1.0" },
  "2.0": {
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "x-prometheus-remote-write-version": "2.0.0",
  },
} as const;

/** What is said to whoever asks, not to what is sent: a token that was changed, a proxy before the server that does not know it yet. */
const unwelcome: readonly number[] = [401, 403, 404, 407];

export interface RemoteWriteOptions {
  readonly config: RemoteWriteConfig;
  /** Nobody else keeps what is sent: it is kept and tried again where the server does not let us in. Default: as the protocol has it. */
  readonly isOnlyCopy?: boolean;
  readonly known: KnownMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Throws what the system says where a PEM file cannot be read. */
export function createRemoteWrite({ config, known, clock, logger, isOnlyCopy = false }: RemoteWriteOptions): Destination {
  const endpoint = endpointOf(config, config.url);
  const client = openHttpClient(endpoint);
  const address = addressOf(endpoint.url);
  let protocol = config.protocol;
  let encode: EncodeRequest = protocol === "1.0" ? createRequestV1() : createRequestV2(known);
  let metadataSentMs = -Infinity;
  /** How much of a list was taken when it had to be tried again. */
  let begun: { readonly records: readonly OutboxRecord[]; readonly chunks: number; readonly refused: Refusal | null } | null =
    null;

  const post = async (body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> =>
    client.ask({
      method: "POST",
      headers: {
        ...headersOf[protocol],
        "content-encoding": "snappy",
        "user-agent": `ChainPulse/${programVersion}`,
      },
      body: compressSync(body),
      signal,
      bytesMax: answerBytesMax,
    });

  const sendChunk = async (
    chunk: SampleChunk,
    labelsOf: (ref: SeriesRef) => Labels,
    signal: AbortSignal,
  ): Promise<SendOutcome> => {
    try {
      const answer = await post(encode(chunk, labelsOf), signal);
      if (answer.status === 415 && protocol === "2.0") {
        logger.warn(`${address} does not know remote write 2.0: 1.0 is sent from now on`);
        [protocol, encode] = ["1.0", createRequestV1()];
        return await sendChunk(chunk, labelsOf, signal);
      }
      const outcome = outcomeOf(answer, protocol, chunk.samples, clock.nowMs());
      const isKept = isOnlyCopy && outcome.kind === "refused" && unwelcome.includes(answer.status);
      return isKept ? { kind: "retry", message: outcome.message } : outcome;
    } catch (error) {
      return { kind: "retry", message: error instanceof Error ? error.message : String(error) };
    }
  };

  /** Never a reason to hold samples up: what was not taken comes again with the next time. */
  const sendMetadata = async (signal: AbortSignal): Promise<void> => {
    if (protocol !== "1.0" || known.declaredMetadata.length === 0) return;
    if (clock.monotonicMs() - metadataSentMs < config.metadata_interval_ms) return;
    metadataSentMs = clock.monotonicMs();
    try {
      const { status } = await post(encodeMetadataV1(known.declaredMetadata), signal);
      if (status >= 300) logger.debug("metadata was not taken", { address, status });
    } catch (error) {
      logger.debug("metadata was not taken", { address, error });
    }
  };

  return {
    id: remoteWritePlace(config),
    address,
    maxSamples: config.max_samples_per_send,
    async send(records, labelsOf, signal) {
      const done = begun !== null && begun.records === records ? begun : { records, chunks: 0, refused: null };
      let { refused } = done;
      let sent = 0;
      for (const chunk of chunksOf(records, config.max_samples_per_send)) {
        if (sent++ < done.chunks) continue;
        const named = nameSeries(chunk, labelsOf, config.external_labels);
        const outcome = named.chunk.series.length === 0 ? stored : await sendChunk(named.chunk, named.labelsOf, signal);
        if (outcome.kind === "retry") {
          begun = { records, chunks: sent - 1, refused };
          return outcome;
        }
        for (const one of [outcome, named.refusal]) if (one.kind === "refused") refused = join(refused, one);
      }
      begun = null;
      await sendMetadata(signal);
      return refused ?? stored;
    },
    close: () => client.close(),
  };
}

const stored = { kind: "stored" } as const satisfies SendOutcome;

type Refusal = Extract<SendOutcome, { readonly kind: "refused" }>;

function join(before: Refusal | null, next: Refusal): Refusal {
  return { ...next, count: next.count + (before?.count ?? 0) };
}

/** Leaves out the series that nobody has labels of any more. */
function nameSeries(
  chunk: SampleChunk,
  labelsOf: LabelsOf,
  external: Labels,
): { readonly chunk: SampleChunk; readonly labelsOf: (ref: SeriesRef) => Labels; readonly refusal: SendOutcome } {
  const labels = new Map<SeriesRef, Labels>();
  let forgotten = 0;
  const series = chunk.series.filter(({ ref, places, histograms }) => {
    const own = labelsOf(ref);
    if (own === undefined) forgotten += places.length + histograms.length;
    else labels.set(ref, withExternalLabels(own, external));
    return own !== undefined;
  });
  const refusal: SendOutcome =
    forgotten === 0 ? stored : { kind: "refused", message: "their series have been forgotten", count: forgotten };
  return { chunk: { ...chunk, samples: chunk.samples - forgotten, series }, labelsOf: (ref) => labels.get(ref) ?? {}, refusal };
}

/** 4xx other than 429 is final, 5xx and 429 are not; a redirect is for another address than the configured one. */
function outcomeOf(answer: HttpAnswer, protocol: "1.0" | "2.0", samples: number, nowMs: number): SendOutcome {
  const { status, headers, body } = answer;
  if (status >= 200 && status < 300) return protocol === "1.0" ? stored : written(headers, samples);
  const message = `HTTP ${status}: ${body.toString("utf8").slice(0, answerCharsMax)}`.trim();
  if (status !== 429 && status < 500) return { kind: "refused", message, count: samples };
  const afterMs = retryAfterMs(headers, nowMs);
  return { kind: "retry", message, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** A receiver of 2.0 says how much it has written; one that does not has taken the body for something else. */
function written(headers: HttpAnswer["headers"], samples: number): SendOutcome {
  const counts = ["samples", "histograms"].map((kind) => Number(headers[`x-prometheus-remote-write-${kind}-written`] ?? 0));
  const count = counts.reduce((sum, one) => sum + one, 0);
  if (count >= samples) return stored;
  const message = `the receiver says that it has written ${count} of ${samples} samples; does it know remote write 2.0?`;
  return { kind: "refused", message, count: samples - count };
}
