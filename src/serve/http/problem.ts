/** The one way of errors to clients: RFC 9457 problem+json, or Prometheus's envelope on its own routes. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { ChainPulseError, type ErrorCode, errorCodes } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import { InvalidRequest } from "./route.ts";

/** The body of an error: RFC 9457, with our code, and what to do. */
export interface Problem {
  /** `urn:chainpulse:error:<CODE>` */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** `urn:chainpulse:request:<id>`; the log has the same id. */
  readonly instance: string;
  readonly code: ErrorCode;
  readonly fix?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export const problemContentType = "application/problem+json";

/** `id`: Fastify's, under which the log has the request. `principal`: strangers learn nothing of our files from an error. */
export function toProblem(error: ChainPulseError, { id, principal }: Pick<FastifyRequest, "id" | "principal">): Problem {
  const { status, title } = errorCodes[error.code];
  const hidden = error.code === "INTERNAL" || (status === 500 && principal === null);
  return {
    type: `urn:chainpulse:error:${error.code}`,
    title,
    status,
    // What went wrong inside is the log's business: a message of an unforeseen error may name paths or values.
    detail: hidden ? "an unforeseen error; the log has it under this request's id" : error.message,
    instance: `urn:chainpulse:request:${id}`,
    code: error.code,
    ...(error.fix === undefined || hidden ? {} : { fix: error.fix }),
    ...(error instanceof InvalidRequest ? { errors: error.errors } : {}),
  };
}

/** Gives every error a code of our table; logs those that are our fault. */
export function classify(
  error: unknown,
  request: Pick<FastifyRequest, "id" | "method" | "routeOptions">,
  logger: Logger,
): ChainPulseError {
  const known = error instanceof ChainPulseError ? error : fromFramework(error);
  if (errorCodes[known.code].status === 500) {
    logger.error("a request failed", { request: request.id, method: request.method, route: request.routeOptions.url, error });
  }
  return known;
}

/** Fastify's own errors carry a status code; the ones that a client causes are passed on with their message. */
function fromFramework(error: unknown): ChainPulseError {
  const status = isFrameworkError(error) ? (error.statusCode ?? 500) : 500;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeByStatus.get(status) ?? (status >= 400 && status < 500 ? "BAD_REQUEST" : "INTERNAL");
  return new ChainPulseError(code, message, { cause: error });
}

const codeByStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [404, "NOT_FOUND"],
  [413, "PAYLOAD_TOO_LARGE"],
  [415, "UNSUPPORTED_MEDIA_TYPE"],
  [429, "TOO_MANY_REQUESTS"],
  [503, "UNAVAILABLE"],
]);

function isFrameworkError(error: unknown): error is FastifyError {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number";
}

/**
 * A minute is the window of the log-in limit; a thread that has ended is there again after a second; a full disk is looked at with every
 * tick, but somebody must make room first.
 */
const retryAfterSeconds: ReadonlyMap<ErrorCode, number> = new Map([
  ["TOO_MANY_REQUESTS", 60],
  ["UNAVAILABLE", 1],
  ["STORE_FULL", 10],
]);

/** Answers with the problem, and with the headers that belong to its status. */
export function sendProblem(error: ChainPulseError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error, request);
  if (error.code === "UNAUTHENTICATED") reply.header("www-authenticate", 'Bearer realm="chainpulse"');
  const retryAfter = retryAfterSeconds.get(error.code);
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  void reply.code(problem.status).type(problemContentType).send(JSON.stringify(problem));
}
