/** Answers in the form of the Prometheus HTTP API. Source: prometheus/docs querying/api.md, "Format overview". */
import type { FastifyReply } from "fastify";
import { type ChainPulseError, errorCodes } from "../../core/errors.ts";

/** The envelope of an answer. */
export interface Success {
  readonly status: "success";
  readonly data: unknown;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** Empty lists of notes are left out, as Prometheus does. */
export function success(
  data: unknown,
  notes: { readonly warnings?: readonly string[]; readonly infos?: readonly string[] } = {},
): Success {
  return {
    status: "success",
    data,
    ...(notes.warnings === undefined || notes.warnings.length === 0 ? {} : { warnings: notes.warnings }),
    ...(notes.infos === undefined || notes.infos.length === 0 ? {} : { infos: notes.infos }),
  };
}

/** Error types by status as Prometheus gives them (web/api/v1/api.go, `respondError`); other 4xx are bad data to its clients. */
const errorTypes: ReadonlyMap<number, string> = new Map([
  [404, "not_found"],
  [422, "execution"],
  [499, "canceled"],
  [503, "timeout"],
]);

/** Answers with the envelope of an error. */
export function sendPrometheusError(error: ChainPulseError, reply: FastifyReply): void {
  const { status } = errorCodes[error.code];
  // The text of an unforeseen error is the log's business.
  const text = error.code === "INTERNAL" ? errorCodes.INTERNAL.title : error.message;
  const errorType =
    error.code === "UNAVAILABLE" ? "unavailable" : (errorTypes.get(status) ?? (status < 500 ? "bad_data" : "internal"));
  void reply
    .code(status)
    .type("application/json")
    .send(JSON.stringify({ status: "error", errorType, error: text }));
}
