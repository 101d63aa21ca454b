/**
 * Kept-open connections to one server that is asked again and again: bodies of bytes both ways, authentication, TLS with authorities
 * and a certificate of one's own. Bounded in time and size, no redirects: what is sent is for the configured address alone. Unlike
 * `http-get.ts` it keeps its connections, unlike `pinned-connection.ts` it speaks what others' servers speak.
 */
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Clock, systemClock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import { Agent as HttpAgent, request as httpRequest } from "./node-http.ts";
import { openPemAgent, type Pem, type PemFiles } from "./pem-agent.ts";
import { readAnswer } from "./read-answer.ts";
import { readSecretFile } from "./secret-file.ts";
import { untrustedCertificate } from "./untrusted-certificate.ts";

/** Where, and as whom. Secrets are read from their files at each request, certificates again when their files change. */
export interface HttpEndpoint extends PemFiles {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly bearerTokenFile?: string | undefined;
  readonly basicAuth?: { readonly username: string; readonly passwordFile: string } | undefined;
  /** A file that the server writes itself, `user:password` in one line: Bitcoin Core's `.cookie`. */
  readonly cookieFile?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** Relative to the endpoint's address; left out: that address itself. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** Largest body that is read. */
  readonly bytesMax: number;
}

export interface HttpClient {
  /** Any status is an answer. Rejects with what the system or the handshake says, and where the secret's file cannot be read. */
  ask(request: HttpRequest): Promise<HttpAnswer>;
  /** As `ask`, but the body is left to be read as it comes, for as long as it comes: the time limit is for its beginning. */
  open(request: Omit<HttpRequest, "bytesMax">): Promise<IncomingMessage>;
  close(): void;
}

/** Connections that are open at once to one server. */
const socketsMax = 8;

/** Throws what the system says where a PEM file cannot be read. One that cannot be read later is told where a request fails. */
export function openHttpClient(endpoint: HttpEndpoint, clock: Pick<Clock, "monotonicMs"> = systemClock): HttpClient {
  const { url, timeoutMs } = endpoint;
  const kept = { keepAlive: true, maxSockets: socketsMax } as const;
  const secure =
    url.protocol === "https:" ? openPemAgent({ files: endpoint, agent: kept, first: pemOf(endpoint), clock }) : null;
  const plain = new HttpAgent(kept);
  const send = secure === null ? httpRequest : httpsRequest;

  const responseTo = async (
    { method, path, headers, body, signal }: Omit<HttpRequest, "bytesMax">,
    limit: AbortSignal,
  ): Promise<IncomingMessage> => {
    const authorization = await authorizationOf(endpoint);
    const agent = secure === null ? plain : await secure.current();
    return new Promise((resolve, reject) => {
      const sent = send(path === undefined ? url : joined(url, path), {
        method,
        agent,
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        headers: {
          ...endpoint.headers,
          ...authorization,
          ...headers,
          ...(body === undefined ? {} : { "content-length": body.length }),
        },
      });
      sent.on("response", resolve).on("error", reject).end(body);
    });
  };
  const failure = (error: unknown, limit: AbortSignal): Error => {
    secure?.distrust();
    if (limit.aborted) return new Error(`no answer within ${timeoutMs} ms`, { cause: error });
    const reason = reasonOf(error);
    const problem = secure?.problem ?? null;
    // A secret's file that cannot be read has a code, which callers look at.
    return problem === null || reason instanceof ChainPulseError
      ? reason
      : new Error(`${reason.message}; ${problem}`, { cause: error });
  };

  return {
    async ask(request) {
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const response = await responseTo(request, limit);
        const body = await readAnswer(response, request.bytesMax);
        return { status: response.statusCode ?? 0, headers: response.headers, body };
      } catch (error) {
        throw failure(error, limit);
      }
    },
    async open(request) {
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), timeoutMs);
      try {
        return await responseTo(request, limit.signal);
      } catch (error) {
        throw failure(error, limit.signal);
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      secure?.close();
      plain.destroy();
    },
  };
}

/** The address for people and logs: without what may be a secret in it. */
export function addressOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** When the server wants to be asked again, ms from now; `undefined` where it does not say. RFC 9110 §10.2.3. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const text = headers["retry-after"];
  if (text === undefined) return undefined;
  const afterMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(afterMs) ? Math.max(0, afterMs) : undefined;
}

/** Engines live below a path of their own: what is relative to the address goes behind it. */
function joined(url: URL, path: string): URL {
  const [pathname = "", query] = path.split("?", 2);
  const target = new URL(url);
  target.pathname = `${url.pathname.replace(/\/$/, "")}/${pathname.replace(/^\//, "")}`;
  if (query !== undefined) target.search = query;
  return target;
}

/** What TLS needs of the endpoint's files. Throws what the system says where one cannot be read. */
export function pemOf({ caFile, certFile, keyFile }: PemFiles): Pem {
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}

/** The header that says who asks, from the secret's file as it is now. Rejects where it cannot be read. */
export async function authorizationOf(endpoint: HttpEndpoint): Promise<{ authorization?: string }> {
  const { bearerTokenFile, basicAuth, cookieFile } = endpoint;
  if (bearerTokenFile !== undefined) return { authorization: `Bearer ${(await readSecretFile(bearerTokenFile)).reveal()}` };
  if (cookieFile !== undefined) return basic((await readSecretFile(cookieFile)).reveal());
  if (basicAuth === undefined) return {};
  return basic(`${basicAuth.username}:${(await readSecretFile(basicAuth.passwordFile)).reveal()}`);
}

function basic(pair: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** A refused connection to a name with several addresses is an AggregateError without a message of its own. */
function reasonOf(error: unknown): Error {
  if (error instanceof AggregateError)
    return new Error(error.errors.map((one) => reasonOf(one).message).join(", "), { cause: error });
  const untrusted = untrustedCertificate(error);
  if (untrusted !== null) return new Error(`${untrusted}; ca_file names a file with who signed it`, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
