/**
 * Kept-open connections to one server that is asked again and again: bodies of bytes both ways, authentication, TLS with authorities
 * and a certificate of one's own. Bounded in time and size, no redirects: what is sent is for the configured address alone. Unlike
 * `http-get.ts` it keeps its connections, unlike `pinned-connection.ts` it speaks what others' servers speak.
 */
import { readFileSync } from "node:fs";
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { readAnswer } from "./read-answer.ts";
import { readSecretFile } from "./secret-file.ts";
import { untrustedCertificate } from "./untrusted-certificate.ts";

/** Where, and as whom. Paths of PEM files; secrets are read from their files at each request. */
export interface HttpEndpoint {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly bearerTokenFile?: string | undefined;
  readonly basicAuth?: { readonly username: string; readonly passwordFile: string } | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
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
  close(): void;
}

/** Connections that are open at once to one server. */
const socketsMax = 8;

/** Throws what the system says where a PEM file cannot be read. */
export function openHttpClient(endpoint: HttpEndpoint): HttpClient {
  const { url, timeoutMs } = endpoint;
  const isSecure = url.protocol === "https:";
  const kept = { keepAlive: true, maxSockets: socketsMax } as const;
  const agent = isSecure ? new HttpsAgent({ ...kept, ...pemOf(endpoint) }) : new HttpAgent(kept);
  const send = isSecure ? httpsRequest : httpRequest;

  return {
    async ask({ method, path, headers, body, signal, bytesMax }) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const authorization = await authorizationOf(endpoint);
      try {
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          const sent = send(path === undefined ? url : joined(url, path), {
            method,
            agent,
            signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
            headers: {
              ...endpoint.headers,
              ...authorization,
              ...headers,
              ...(body === undefined ? {} : { "content-length": body.length }),
            },
          });
          sent.on("response", resolve).on("error", reject).end(body);
        });
        return { status: response.statusCode ?? 0, headers: response.headers, body: await readAnswer(response, bytesMax) };
      } catch (error) {
        throw timeout.aborted ? new Error(`no answer within ${timeoutMs} ms`, { cause: error }) : reasonOf(error);
      }
    },
    close: () => agent.destroy(),
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

function pemOf({ caFile, certFile, keyFile }: HttpEndpoint): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  return {
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}

async function authorizationOf({ bearerTokenFile, basicAuth }: HttpEndpoint): Promise<{ authorization?: string }> {
  if (bearerTokenFile !== undefined) return { authorization: `Bearer ${(await readSecretFile(bearerTokenFile)).reveal()}` };
  if (basicAuth === undefined) return {};
  const password = await readSecretFile(basicAuth.passwordFile);
  const pair = Buffer.from(`${basicAuth.username}:${password.reveal()}`);
  return { authorization: `Basic ${pair.toString("base64")}` };
}

/** A refused connection to a name with several addresses is an AggregateError without a message of its own. */
function reasonOf(error: unknown): Error {
  if (error instanceof AggregateError)
    return new Error(error.errors.map((one) => reasonOf(one).message).join(", "), { cause: error });
  const untrusted = untrustedCertificate(error);
  if (untrusted !== null) return new Error(`${untrusted}; ca_file names a file with who signed it`, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
