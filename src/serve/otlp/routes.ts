/**
 * Where OpenTelemetry's SDKs and Collectors send to, and Prometheus's path for the same.
 * Sources: opentelemetry-proto docs/specification.md, "OTLP/HTTP Request"; Prometheus web/api/v1/api.go (/otlp/v1/metrics).
 */
import { errorCodes } from "../../core/errors.ts";
import { errorAnswer, type OtlpSignal } from "../../collect/intake/otlp/answers.ts";
import { contentTypes, encodingOf } from "../../collect/intake/otlp/request-body.ts";
import { defineIngestRoute, retryAfterOf } from "../ingest/ingest-route.ts";
import type { ErrorWriter, Route } from "../http/route.ts";

/** google.rpc.Status in the request's encoding; for others in protobuf, which every exporter reads. */
const statusErrors: ErrorWriter = {
  contentType: contentTypes.protobuf,
  send(error, request, reply) {
    const encoding = encodingOf(request.headers["content-type"] ?? "") ?? "protobuf";
    const message = error.code === "INTERNAL" ? errorCodes.INTERNAL.title : error.message;
    const { status, headers, body } = errorAnswer(encoding, errorCodes[error.code].status, message, retryAfterOf(error));
    if (error.code === "UNAUTHENTICATED") reply.header("www-authenticate", 'Bearer realm="chainpulse"');
    void reply.code(status).headers(headers).send(Buffer.from(body.buffer));
  },
};

const signals = {
  metrics: { door: "otlp_metrics", what: "metrics" },
  traces: { door: "otlp_traces", what: "spans" },
  logs: { door: "otlp_logs", what: "log records" },
} as const satisfies Record<OtlpSignal, { readonly door: string; readonly what: string }>;

/** Paths that the listener of its own answers too. */
export const otlpPaths: ReadonlySet<string> = new Set(Object.keys(signals).flatMap((signal) => pathsOf(signal)));

export const otlpRoutes: readonly Route[] = Object.entries(signals).flatMap(([signal, { door, what }]) =>
  pathsOf(signal).map((path) =>
    defineIngestRoute({
      path,
      door,
      tag: "Ingest",
      summary: `Receives ${what} by OTLP/HTTP, in protobuf or JSON.`,
      contentTypes: Object.values(contentTypes),
      answer: {
        status: 200,
        contentType: contentTypes.protobuf,
        description: "What was taken is stored, and on the disk; what was not is counted in partial_success.",
      },
      errors: statusErrors,
    }),
  ),
);

function pathsOf(signal: string): readonly string[] {
  return [`/v1/${signal}`, `/api/v1/otlp/v1/${signal}`];
}
