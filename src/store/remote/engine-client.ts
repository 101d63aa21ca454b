/**
 * The query API of an engine that keeps our samples: Prometheus's HTTP API, which VictoriaMetrics, Mimir, Thanos and Cortex answer too.
 * Source: prometheus.io/docs/prometheus/latest/querying/api.
 */
import type { Cancellation } from "../../core/cancellation.ts";
import type { EngineConfig } from "../../core/config-forward.ts";
import { ChainPulseError, type ErrorCode } from "../../core/errors.ts";
import { addressOf, type HttpAnswer, openHttpClient } from "../../io/http-client.ts";
import { endpointOf } from "../../io/http-endpoint.ts";

/** Of one answer: what an embedded query may answer, too. */
const answerBytesMax = 256 * 1024 * 1024;
/** How often one looks whether the answer is still wanted: the wish to stop comes in shared memory. */
const lookMs = 100;
const answerCharsMax = 300;

/** Repeated where an array is given. */
export type EngineParameters = Readonly<Record<string, string | readonly string[]>>;

export interface EngineClient {
  /** The body of a successful answer, as the engine has written it. Errors: `ENGINE_UNREACHABLE`, `QUERY_*`, `CANCELLED`. */
  ask(path: string, parameters: EngineParameters, signal?: Cancellation): Promise<Buffer>;
  close(): void;
}

/** Throws what the system says where a PEM file cannot be read. */
export function openEngineClient(config: EngineConfig): EngineClient {
  const endpoint = endpointOf(config, config.query_url);
  const client = openHttpClient(endpoint);
  const address = addressOf(endpoint.url);

  return {
    async ask(path, parameters, signal) {
      const cut = new AbortController();
      const look = setInterval(() => {
        if (signal?.aborted === true) cut.abort();
      }, lookMs);
      try {
        // As a form: an expression may be longer than an address may.
        const body = new TextEncoder().encode(formOf(parameters));
        const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
        const answer = await client.ask({ method: "POST", path, headers, body, signal: cut.signal, bytesMax: answerBytesMax });
        if (answer.status === 200) return answer.body;
        throw errorOf(answer, address);
      } catch (error) {
        if (error instanceof ChainPulseError) throw error;
        if (cut.signal.aborted) throw new ChainPulseError("CANCELLED", "the caller has gone");
        throw unreachable(address, error);
      } finally {
        clearInterval(look);
      }
    },
    close: () => client.close(),
  };
}

function formOf(parameters: EngineParameters): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) for (const one of [value].flat()) form.append(name, one);
  return form.toString();
}

function unreachable(address: string, cause: unknown): ChainPulseError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ChainPulseError("ENGINE_UNREACHABLE", `${address} does not answer: ${reason}`, {
    fix: "Look whether the engine runs, and whether storage.prometheus.query_url is its address.",
    cause,
  });
}

const codesByType: Readonly<Record<string, ErrorCode>> = {
  bad_data: "QUERY_SYNTAX",
  execution: "QUERY_FAILED",
  canceled: "QUERY_TIMEOUT",
  timeout: "QUERY_TIMEOUT",
};

/** Source: web/api/v1/api.go, `respondError`. VictoriaMetrics gives the status as the type. */
function errorOf({ status, body }: HttpAnswer, address: string): ChainPulseError {
  const { errorType, error } = errorIn(body);
  const isAnswer = status === 400 || status === 422 || errorType !== undefined;
  if (!isAnswer) return unreachable(address, new Error(`HTTP ${status}: ${body.toString("utf8").slice(0, answerCharsMax)}`));
  const code =
    codesByType[errorType ?? ""] ?? (status === 400 ? "QUERY_SYNTAX" : status === 503 ? "QUERY_TIMEOUT" : "QUERY_FAILED");
  return new ChainPulseError(code, `the engine says: ${error ?? `HTTP ${status}`}`);
}

function errorIn(body: Buffer): { readonly errorType?: string; readonly error?: string } {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    if (typeof parsed !== "object" || parsed === null) return {};
    return {
      ...("errorType" in parsed && typeof parsed.errorType === "string" ? { errorType: parsed.errorType } : {}),
      ...("error" in parsed && typeof parsed.error === "string" ? { error: parsed.error } : {}),
    };
  } catch {
    // Not JSON: a proxy between us and the engine has answered.
    return {};
  }
}
