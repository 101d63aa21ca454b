/**
 * What OTLP requests are answered with, in the encoding that they came in.
 * Sources: opentelemetry-proto docs/specification.md, "OTLP/HTTP Response"; collector/{metrics,trace,logs}/v1/*_service.proto;
 * google/rpc/status.proto, google/rpc/code.proto, google/rpc/error_details.proto; google/protobuf/any.proto.
 */
import { ProtoWriter } from "../../../io/protobuf/writer.ts";
import type { DoorAnswer } from "../door.ts";
import { contentTypes, type OtlpEncoding } from "./request-body.ts";

/** What the three requests are about, and what their answers call the count of what was left out. */
export const rejectedNames = {
  metrics: "rejectedDataPoints",
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
} as const;
export type OtlpSignal = keyof typeof rejectedNames;

/** Export…ServiceResponse: all is stored, or all but `rejected`, because of what the message says. */
export function successAnswer(encoding: OtlpEncoding, signal: OtlpSignal, rejected: number, message: string): DoorAnswer {
  const isPartial = rejected > 0 || message !== "";
  if (encoding === "json") {
    // 64-bit numbers are strings in protobuf's JSON.
    const partialSuccess = { [rejectedNames[signal]]: String(rejected), errorMessage: message };
    return answer(encoding, 200, jsonBytes(isPartial ? { partialSuccess } : {}));
  }
  const writer = new ProtoWriter();
  if (isPartial) {
    const partial = writer.begin(1);
    writer.int(1, rejected);
    writer.string(2, message);
    writer.end(partial);
  }
  return answer(encoding, 200, writer.finish());
}

/** By HTTP status. */
const rpcCodes: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  413: 8,
  415: 3,
  429: 8,
  502: 14,
  503: 14,
  504: 14,
};
const rpcInternal = 13;

/** What a Status of a request that can never be taken has as its detail. Source: docs/specification.md, "Bad Data". */
const badRequestType = "type.googleapis.com/google.rpc.BadRequest";

/** Answers that a sender may come again after. Source: docs/specification.md, "Failures", "Retryable Response Codes". */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** After what failed here, where nothing else is said: a disk that is full or does not work needs somebody to look after it. */
const failedRetrySeconds = 10;

/**
 * google.rpc.Status: nothing, or not all, is stored. `retryAfterSeconds`: when to come again. What is no fault of the request is 503 where
 * its own status would be one after which exporters throw away what they have sent.
 */
export function errorAnswer(
  encoding: OtlpEncoding,
  status: number,
  message: string,
  retryAfterSeconds: number | null = null,
): DoorAnswer {
  const isOurs = status >= 500;
  const told = isOurs && !retryable.has(status) ? 503 : status;
  const code = rpcCodes[told] ?? rpcInternal;
  const retryAfter = retryAfterSeconds ?? (isOurs ? failedRetrySeconds : null);
  const headers = retryAfter === null ? {} : { "retry-after": String(retryAfter) };
  const isBad = status === 400;
  if (encoding === "json") {
    const details = [{ "@type": badRequestType, fieldViolations: [{ description: message }] }];
    return answer(encoding, told, jsonBytes({ code, message, ...(isBad ? { details } : {}) }), headers);
  }
  const writer = new ProtoWriter();
  writer.int(1, code);
  writer.string(2, message);
  if (isBad) writeBadRequest(writer, message);
  return answer(encoding, told, writer.finish(), headers);
}

/** As Status.details, an Any. */
function writeBadRequest(writer: ProtoWriter, description: string): void {
  const any = writer.begin(3);
  writer.string(1, badRequestType);
  const badRequest = writer.begin(2);
  const violation = writer.begin(1);
  writer.string(2, description);
  writer.end(violation);
  writer.end(badRequest);
  writer.end(any);
}

function answer(
  encoding: OtlpEncoding,
  status: number,
  body: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): DoorAnswer {
  return { status, headers: { "content-type": contentTypes[encoding], ...headers }, body };
}

function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}
