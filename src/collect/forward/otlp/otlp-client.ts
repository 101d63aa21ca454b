/**
 * One address of a receiver of OTLP over HTTP, and what its answers mean. The same for metrics and for traces.
 * Source: opentelemetry-proto docs/specification.md, "OTLP/HTTP"; collector/{metrics,trace}/v1/*_service.proto.
 */
import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import type { Clock } from "../../../core/clock.ts";
import type { OtlpExportConfig } from "../../../core/config-forward.ts";
import { version } from "../../../core/version.ts";
import { addressOf, type HttpAnswer, openHttpClient, retryAfterMs } from "../../../io/http-client.ts";
import { endpointOf } from "../../../io/http-endpoint.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import type { SendOutcome } from "../destination.ts";

export interface OtlpClient {
  /** For people: where it sends to, without secrets. */
  readonly address: string;
  /** Sends a body in the encoding that is configured, with so many things in it. Never rejects for what the network does. */
  send(body: Uint8Array, count: number, signal: AbortSignal): Promise<SendOutcome>;
  close(): void;
}

export interface OtlpClientOptions {
  readonly config: Pick<OtlpExportConfig, "encoding" | "compression"> & Parameters<typeof endpointOf>[0];
  readonly url: string;
  /** What a JSON answer calls the count of what was not taken. */
  readonly rejectedName: "rejectedDataPoints" | "rejectedSpans";
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
export function openOtlpClient({ config, url, rejectedName, clock }: OtlpClientOptions): OtlpClient {
  const client = openHttpClient(endpointOf(config, url));
  return {
    address: addressOf(new URL(url)),
    async send(body, count, signal) {
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
        return outcomeOf(answer, count, { rejectedName, nowMs: clock.nowMs() });
      } catch (error) {
        return { kind: "retry", message: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => client.close(),
  };
}

interface AnswerContext extends Pick<OtlpClientOptions, "rejectedName"> {
  readonly nowMs: number;
}

function outcomeOf({ status, headers, body }: HttpAnswer, count: number, { rejectedName, nowMs }: AnswerContext): SendOutcome {
  if (status >= 200 && status < 300) {
    const isJson = (headers["content-type"] ?? "").includes("json");
    return partialOutcome(isJson ? jsonPartial(body, rejectedName) : protobufPartial(body), count);
  }
  const message = `HTTP ${status}: ${body.toString("utf8").slice(0, answerCharsMax)}`.trim();
  if (!retryable.includes(status)) return { kind: "refused", message, count };
  const afterMs = retryAfterMs(headers, nowMs);
  return { kind: "retry", message, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** What was not taken of a request that was. */
interface Partial {
  readonly rejected: number;
  readonly message: string;
}

const allTaken: Partial = { rejected: 0, message: "" };

function partialOutcome({ rejected, message }: Partial, count: number): SendOutcome {
  if (rejected === 0) return { kind: "stored" };
  return {
    kind: "refused",
    message: message === "" ? "the receiver gives no reason" : message,
    count: Math.min(rejected, count),
  };
}

/** Fields of Export…ServiceResponse.partial_success: the count 1, error_message 2. What cannot be read is no refusal. */
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

function jsonPartial(body: Buffer, rejectedName: string): Partial {
  try {
    const answer: unknown = JSON.parse(body.toString("utf8"));
    if (typeof answer !== "object" || answer === null || !("partialSuccess" in answer)) return allTaken;
    const { partialSuccess: partial } = answer;
    if (typeof partial !== "object" || partial === null) return allTaken;
    const facts = new Map<string, unknown>(Object.entries(partial));
    const rejected = Number(facts.get(rejectedName) ?? 0);
    const message = facts.get("errorMessage");
    return {
      rejected: Number.isFinite(rejected) ? Math.max(0, rejected) : 0,
      message: typeof message === "string" ? message : "",
    };
  } catch (error) {
    if (error instanceof SyntaxError) return allTaken;
    throw error;
  }
}
