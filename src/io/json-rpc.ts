/**
 * JSON-RPC 2.0 and 1.0 over HTTP, for servers that may hang, ask for patience, or answer garbage. How a request failed is part of the
 * failure, because each way means something else to an operator. Source: jsonrpc.org/specification; Bitcoin Core httprpc.cpp (1.0).
 */
import { cleanText } from "../core/clean-text.ts";
import { type HttpClient, type HttpEndpoint, openHttpClient, retryAfterMs } from "./http-client.ts";

/** `refused`: the server answered that it will not, or cannot: an error object, a status of its own. */
export type AskFailureKind = "timeout" | "unreachable" | "rate_limited" | "garbage" | "refused";

export class AskFailure extends Error {
  readonly kind: AskFailureKind;
  /** Of the error object; the HTTP status where there is none; `null` without an answer. */
  readonly code: number | null;
  /** When the server wants to be asked again, ms from now; `null` where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(
    kind: AskFailureKind,
    message: string,
    details: { readonly code?: number; readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AskFailure";
    this.kind = kind;
    this.code = details.code ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

/** METHOD NOT FOUND. Source: jsonrpc.org/specification §5.1. */
export const methodNotFound = -32_601;

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** Largest answer that is read. Default: 16 MiB. */
  readonly bytesMax?: number;
  /** Header that joins what the server traces of the call to a trace of ours; W3C Trace Context. */
  readonly traceparent?: string | undefined;
}

export interface JsonRpc {
  /** The result, as it came. Rejects with `AskFailure`. */
  call(method: string, params?: readonly unknown[], options?: AskOptions): Promise<unknown>;
  close(): void;
}

export const answerBytesMax = 16_777_216;

/** Throws what the system says where a PEM file cannot be read. */
export function openJsonRpc(endpoint: HttpEndpoint): JsonRpc {
  const client = openHttpClient(endpoint);
  let nextId = 1;
  return {
    async call(method, params = [], options = {}) {
      const id = nextId++;
      const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      const answer = await askJson(client, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
        },
        body,
        bytesMax: options.bytesMax ?? answerBytesMax,
        signal: options.signal,
      });
      return resultOf(answer.value, id, answer.status, method);
    },
    close: () => client.close(),
  };
}

export interface JsonAnswer {
  readonly status: number;
  /** `undefined` where the body is no JSON. */
  readonly value: unknown;
}

/** Asks, and reads JSON. Rejects with `AskFailure` without an answer, for 429 and 503, and for a 2xx that is no JSON; other statuses are answers. */
export async function askJson(client: HttpClient, request: Parameters<HttpClient["ask"]>[0]): Promise<JsonAnswer> {
  let answer: Awaited<ReturnType<HttpClient["ask"]>>;
  try {
    answer = await client.ask(request);
  } catch (error) {
    throw askFailureOf(error);
  }
  const { status, headers, body } = answer;
  if (status === 429 || status === 503) {
    throw new AskFailure("rate_limited", `status ${status}`, { code: status, retryAfterMs: retryAfterMs(headers, Date.now()) });
  }
  const value = parsedJson(body.toString("utf8"));
  if (value === undefined && status < 300) throw new AskFailure("garbage", "the answer is no JSON", { code: status });
  return { status, value };
}

/** `undefined`: it is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** What the HTTP client threw, as the failure that it is. */
export function askFailureOf(error: unknown): AskFailure {
  const message = error instanceof Error ? error.message : String(error);
  // The client's own words for a limit that is passed; anything else is the network's.
  const kind = message.startsWith("no answer within")
    ? "timeout"
    : message.startsWith("the answer is larger")
      ? "garbage"
      : "unreachable";
  return new AskFailure(kind, message, { cause: error });
}

function resultOf(value: unknown, id: number, status: number, method: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    if (status >= 400) throw new AskFailure("refused", `${method}: status ${status}`, { code: status });
    throw new AskFailure("garbage", `${method}: the answer is no JSON-RPC response`);
  }
  if ("error" in value && value.error !== null && value.error !== undefined) {
    const { code, message } = errorOf(value.error);
    throw new AskFailure("refused", `${method}: ${message}`, { code: code ?? status });
  }
  if (!("id" in value) || value.id !== id || !("result" in value)) {
    throw new AskFailure("garbage", `${method}: the answer belongs to another request`);
  }
  return value.result;
}

/** Messages of others are cut and cleaned: they go into logs and onto pages. */
const messageCharsMax = 300;

/** What an error object says, cut. */
export function errorOf(error: unknown): { readonly code: number | undefined; readonly message: string } {
  if (typeof error !== "object" || error === null)
    return { code: undefined, message: cleanText(String(error), messageCharsMax) };
  const code = "code" in error && typeof error.code === "number" ? error.code : undefined;
  const message = "message" in error && typeof error.message === "string" ? error.message : "an error without a message";
  return { code, message: cleanText(message, messageCharsMax) };
}
