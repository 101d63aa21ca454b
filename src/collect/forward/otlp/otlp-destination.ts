/**
 * Exports to what receives OTLP over HTTP: an OpenTelemetry collector, Prometheus, a vendor, another ChainPulse.
 * Source: opentelemetry-proto docs/specification.md, "OTLP/HTTP".
 */
import { hostname } from "node:os";
import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import type { Clock } from "../../../core/clock.ts";
import type { OtlpExportConfig } from "../../../core/config-forward.ts";
import { version } from "../../../core/version.ts";
import { addressOf, type HttpAnswer, openHttpClient, retryAfterMs } from "../../../io/http-client.ts";
import { endpointOf } from "../../../io/http-endpoint.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import type { OutboxRecord } from "../../../store/outbox/outbox-record.ts";
import type { Destination, SendOutcome } from "../destination.ts";
import type { KnownMetrics } from "../known-metrics.ts";
import { placeOf } from "../place-of.ts";
import { chunksOf } from "../series-chunks.ts";
import { encodeJson, encodeProtobuf } from "./otlp-messages.ts";
import { OtlpTranslation } from "./otlp-points.ts";

export interface OtlpExportOptions {
  readonly config: OtlpExportConfig;
  readonly known: KnownMetrics;
  /** Of this node. */
  readonly node: string;
  readonly clock: Clock;
}

const answerCharsMax = 300;
const answerBytesMax = 64 * 1024;
/** The only answers after which a request may be made again. Source: docs/specification.md, "Retryable Response Codes". */
const retryable: readonly number[] = [429, 502, 503, 504];
const contentTypes = { protobuf: "application/x-protobuf", json: "application/json" } as const;
const compress = {
  none: (body: Uint8Array) => Promise.resolve(body),
  gzip: promisify(gzip),
  zstd: promisify(zstdCompress),
} as const;

/** Throws what the system says where a PEM file cannot be read. */
export function createOtlpExport({ config, known, node, clock }: OtlpExportOptions): Destination {
  const endpoint = endpointOf(config, config.endpoint);
  const client = openHttpClient(endpoint);
  const translation = new OtlpTranslation(known, (of) => resourceOf(of, node));
  const encode = config.encoding === "json" ? encodeJson : encodeProtobuf;
  /** What was put together of a list, and is not taken yet: counters remember what was sent, so it is not translated twice. */
  let begun: { readonly records: readonly OutboxRecord[]; readonly parts: Part[] } | null = null;

  const sendPart = async ({ body, points }: Part, signal: AbortSignal): Promise<SendOutcome> => {
    try {
      const answer = await client.ask({
        method: "POST",
        headers: {
          "content-type": contentTypes[config.encoding],
          ...(config.compression === "none" ? {} : { "content-encoding": config.compression }),
          "user-agent": `ChainPulse/${version}`,
        },
        body: await compress[config.compression](body),
        signal,
        bytesMax: answerBytesMax,
      });
      return outcomeOf(answer, points, clock.nowMs());
    } catch (error) {
      return { kind: "retry", message: error instanceof Error ? error.message : String(error) };
    }
  };

  return {
    id: `otlp_export:${placeOf(config.name, config.endpoint)}`,
    address: addressOf(endpoint.url),
    maxSamples: config.max_samples_per_send,
    async send(records, labelsOf, signal) {
      if (begun?.records !== records) {
        const parts = Array.from(chunksOf(records, config.max_samples_per_send), (chunk): Part => {
          const { resources, leftOut } = translation.translate(chunk, labelsOf);
          return {
            body: encode(resources, { name: "chainpulse", version }),
            points: chunk.samples - leftOut,
            leftOut,
            outcome: null,
          };
        });
        begun = { records, parts };
      }
      for (const part of begun.parts) {
        if (part.outcome !== null) continue;
        const outcome = part.points === 0 ? stored : await sendPart(part, signal);
        if (outcome.kind === "retry") return outcome;
        part.outcome = outcome;
      }
      const { parts } = begun;
      begun = null;
      return outcomeOfAll(parts);
    },
    close: () => client.close(),
  };
}

const stored = { kind: "stored" } as const satisfies SendOutcome;

/** One request. */
interface Part {
  readonly body: Uint8Array;
  readonly points: number;
  readonly leftOut: number;
  /** What the other side has said to it; `null` before it has. */
  outcome: Exclude<SendOutcome, { readonly kind: "retry" }> | null;
}

function outcomeOfAll(parts: readonly Part[]): SendOutcome {
  const leftOut = parts.reduce((sum, part) => sum + part.leftOut, 0);
  const refusals = parts.flatMap(({ outcome }) => (outcome?.kind === "refused" ? [outcome] : []));
  const [first] = refusals;
  if (first === undefined) return { ...stored, leftOut };
  return { ...first, samples: refusals.reduce((sum, { samples }) => sum + samples, 0), leftOut };
}

/** Source: semantic conventions, service and host. Another node has another host, which nobody has told. */
function resourceOf(of: string, own: string): readonly (readonly [string, string])[] {
  return [
    ["service.name", "chainpulse"],
    ["service.version", version],
    ...(of === "" ? [] : ([["service.instance.id", of]] as const)),
    ...(of === own ? ([["host.name", hostname()]] as const) : []),
  ];
}

function outcomeOf({ status, headers, body }: HttpAnswer, points: number, nowMs: number): SendOutcome {
  if (status >= 200 && status < 300) return partialSuccess(headers["content-type"] ?? "", body, points);
  const message = `HTTP ${status}: ${body.toString("utf8").slice(0, answerCharsMax)}`.trim();
  if (!retryable.includes(status)) return { kind: "refused", message, samples: points };
  const afterMs = retryAfterMs(headers, nowMs);
  return { kind: "retry", message, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Fields of ExportMetricsServiceResponse.partial_success: rejected_data_points 1, error_message 2. What cannot be read is no refusal. */
function partialSuccess(contentType: string, body: Buffer, points: number): SendOutcome {
  const { rejected, message } = contentType.includes("json") ? jsonPartial(body) : protobufPartial(body);
  if (rejected === 0) return stored;
  return {
    kind: "refused",
    message: message === "" ? "the receiver gives no reason" : message,
    samples: Math.min(rejected, points),
  };
}

interface Partial {
  readonly rejected: number;
  readonly message: string;
}

const allTaken: Partial = { rejected: 0, message: "" };

function protobufPartial(body: Buffer): Partial {
  let { rejected, message } = allTaken;
  try {
    const reader = new ProtoReader(body);
    while (reader.next()) {
      if (reader.field !== 1) {
        reader.skip();
        continue;
      }
      const outer = reader.enter();
      while (reader.next()) {
        if (reader.field === 1) rejected = reader.int64AsNumber();
        else if (reader.field === 2) message = reader.string();
        else reader.skip();
      }
      reader.leave(outer);
    }
    return { rejected: Math.max(0, rejected), message };
  } catch (error) {
    if (error instanceof ProtobufError) return allTaken;
    throw error;
  }
}

function jsonPartial(body: Buffer): Partial {
  try {
    const answer: unknown = JSON.parse(body.toString("utf8"));
    if (typeof answer !== "object" || answer === null || !("partialSuccess" in answer)) return allTaken;
    const { partialSuccess: partial } = answer;
    if (typeof partial !== "object" || partial === null) return allTaken;
    const rejected = "rejectedDataPoints" in partial ? Number(partial.rejectedDataPoints) : 0;
    const message = "errorMessage" in partial && typeof partial.errorMessage === "string" ? partial.errorMessage : "";
    return { rejected: Number.isFinite(rejected) ? Math.max(0, rejected) : 0, message };
  } catch (error) {
    if (error instanceof SyntaxError) return allTaken;
    throw error;
  }
}
