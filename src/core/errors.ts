/** The one table of error codes. Every error that leaves ChainPulse (HTTP, GraphQL, CLI) has one of these. */
export const errorCodes = {
  BAD_REQUEST: { status: 400, title: "The request is not valid" },
  QUERY_SYNTAX: { status: 400, title: "The PromQL expression is not valid" },
  QUERY_UNSUPPORTED: { status: 422, title: "This PromQL feature is not built yet" },
  QUERY_LIMIT: { status: 422, title: "The query asks for more than its limits allow" },
  QUERY_FAILED: { status: 422, title: "The query could not be evaluated" },
  QUERY_TIMEOUT: { status: 503, title: "The query took too long" },
  CANCELLED: { status: 499, title: "The caller went away before the answer was there" },
  UNAUTHENTICATED: { status: 401, title: "A valid token is required" },
  FORBIDDEN: { status: 403, title: "The token's scopes do not allow this" },
  HOST_NOT_ALLOWED: { status: 421, title: "The Host header names no address of this server" },
  ORIGIN_NOT_ALLOWED: { status: 403, title: "The request comes from another site" },
  NOT_FOUND: { status: 404, title: "There is nothing at this path" },
  NODE_NOT_FOUND: { status: 404, title: "No node has this id" },
  METHOD_NOT_ALLOWED: { status: 405, title: "The path does not take this method" },
  PAYLOAD_TOO_LARGE: { status: 413, title: "The request body is too large" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: "The request body is of a type that is not read here" },
  TOO_MANY_REQUESTS: { status: 429, title: "Too many requests" },
  INTERNAL: { status: 500, title: "ChainPulse failed; its log says why" },
  UNAVAILABLE: { status: 503, title: "This part of ChainPulse is not running" },
  CONFIG_INVALID: { status: 500, title: "The configuration is not valid" },
  RULES_INVALID: { status: 500, title: "A rule file is not valid" },
  STORE_LOCKED: { status: 500, title: "Another process uses the data directory" },
  STORE_UNUSABLE: { status: 500, title: "The data directory cannot be used" },
  STORE_TOO_NEW: { status: 500, title: "The data directory was written by a newer version" },
  STORE_FULL: { status: 503, title: "The disk is full; samples are refused until there is room" },
  ENGINE_UNREACHABLE: { status: 502, title: "The engine that keeps the samples does not answer" },
  SERIES_LIMIT: { status: 429, title: "The store takes no more series" },
  IMPORT_INVALID: { status: 400, title: "The data to be imported is not what its format says" },
  TARGET_NOT_EMPTY: { status: 409, title: "There is something where new files were to be written" },
  FILE_UNUSABLE: { status: 500, title: "A file cannot be read or written" },
  SAMPLE_OUT_OF_ORDER: { status: 400, title: "A sample is older than the newest one of its series" },
  EXPOSITION_INVALID: { status: 400, title: "The metrics text is not what its format says" },
  SCRAPE_INVALID: { status: 500, title: "What is configured to be scraped is not valid" },
  SCRAPE_FAILED: { status: 502, title: "A target could not be scraped" },
  SERVICE_REFUSED: { status: 500, title: "The system service cannot be installed or removed" },
  DEMO_FAILED: { status: 500, title: "The demo cannot run" },
  LISTEN_REFUSED: { status: 500, title: "ChainPulse does not listen there" },
} as const;

export type ErrorCode = keyof typeof errorCodes;

export class ChainPulseError extends Error {
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly fix: string | undefined;

  /** `message` says what happened and where. */
  constructor(code: ErrorCode, message: string, options: { readonly fix?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ChainPulseError";
    this.code = code;
    this.fix = options.fix;
  }
}
