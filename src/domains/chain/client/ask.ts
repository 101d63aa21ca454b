/**
 * Questions to one client: counted, timed, and what comes back is checked before anybody believes it. All families ask through this, so
 * that a client that hangs, lies or has gone looks the same everywhere.
 */
import type { z } from "zod";
import { cleanText } from "../../../core/clean-text.ts";
import { AskFailure, askJson, type AskOptions, openJsonRpc } from "../../../io/json-rpc.ts";
import { openHttpClient } from "../../../io/http-client.ts";
import type { ClientContext } from "./client-kind.ts";
import { clientMetrics, type RequestFailure } from "./metrics.ts";

export interface Ask {
  /** A JSON-RPC call. Rejects with `AskFailure`; what does not fit the schema is `garbage`. */
  rpc<S extends z.ZodType>(method: string, params: readonly unknown[], schema: S, options?: AskOptions): Promise<z.infer<S>>;
  /**
   * A GET below the client's address, `name` being what it is counted as (a path without ids). `null` for 404, which is an answer. Rejects
   * with `AskFailure`.
   */
  get<S extends z.ZodType>(name: string, path: string, schema: S, options?: AskOptions): Promise<z.infer<S> | null>;
  /** Posts JSON, as `get`. */
  post<S extends z.ZodType>(
    name: string,
    path: string,
    body: unknown,
    schema: S,
    options?: AskOptions,
  ): Promise<z.infer<S> | null>;
  /** Counts a failure that was found outside of these, e.g. a contradiction. */
  failed(kind: RequestFailure): void;
  close(): void;
}

/** Throws where the client has no address for it, or a PEM file cannot be read. */
export function openAsk(context: ClientContext): Ask {
  const { rpc: endpoint } = context.target;
  if (endpoint === null) throw new Error(`${context.target.name} has no rpc_url`);
  const rpc = openJsonRpc(endpoint);
  const http = openHttpClient(endpoint);
  const failed = (kind: RequestFailure): void => context.count(clientMetrics.requestFailures, { "error.type": kind }, 1);

  const ask = async <S extends z.ZodType>(name: string, schema: S, request: () => Promise<unknown>): Promise<z.infer<S>> => {
    const startedMs = context.clock.monotonicMs();
    try {
      const parsed = schema.safeParse(await request());
      if (!parsed.success) throw new AskFailure("garbage", `${name}: ${firstIssue(parsed.error)}`);
      return parsed.data;
    } catch (error) {
      if (error instanceof AskFailure && !context.signal.aborted) failed(error.kind);
      throw error;
    } finally {
      const seconds = (context.clock.monotonicMs() - startedMs) / 1000;
      context.count(clientMetrics.requests, { "rpc.method": name }, 1);
      context.count(clientMetrics.requestTime, { "rpc.method": name }, seconds);
    }
  };
  const http404 = async (request: Parameters<typeof askJson>[1], name: string): Promise<unknown> => {
    const { status, value } = await askJson(http, request);
    if (status === 404) return null;
    if (status >= 400) throw new AskFailure("refused", `${name}: status ${status}`, { code: status });
    return value;
  };

  return {
    rpc: (method, params, schema, options) => ask(method, schema, () => rpc.call(method, params, withSignal(context, options))),
    get: (name, path, schema, options) => {
      const { bytesMax = defaultBytesMax, signal } = withSignal(context, options);
      const headers = { accept: "application/json" };
      return ask(name, schema.nullable(), () => http404({ method: "GET", path, headers, bytesMax, signal }, name));
    },
    post: (name, path, body, schema, options) => {
      const { bytesMax = defaultBytesMax, signal } = withSignal(context, options);
      const headers = { accept: "application/json", "content-type": "application/json" };
      const bytes = Buffer.from(JSON.stringify(body));
      return ask(name, schema.nullable(), () =>
        http404({ method: "POST", path, headers, body: bytes, bytesMax, signal }, name),
      );
    },
    failed,
    close() {
      rpc.close();
      http.close();
    },
  };
}

const defaultBytesMax = 16_777_216;

function withSignal(context: ClientContext, options: AskOptions | undefined): AskOptions {
  return { signal: context.signal, ...options };
}

/** Where, and what was expected there; never the value, which is the other side's. */
function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? "the answer does not fit" : cleanText(`${issue.path.join(".")}: ${issue.message}`, 300);
}
