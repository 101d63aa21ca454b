/** Small HTTP requests, to a ChainPulse server or to a receiver of alerts: bounded in time and size, no redirects. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { ChainPulseError } from "../core/errors.ts";
import type { Secret } from "../core/secret.ts";
import { request as httpRequest } from "./node-http.ts";
import { readAnswer } from "./read-answer.ts";
import { untrustedCertificate } from "./untrusted-certificate.ts";

export interface HttpOptions {
  /** Sent as a bearer token. */
  readonly token?: Secret | undefined;
  /** Sent as basic authentication (RFC 7617) where there is no token. */
  readonly basicAuth?: { readonly username: string; readonly password: Secret } | undefined;
  /** PEM file with the server's certificate: exactly this certificate is accepted then, whatever name it carries. */
  readonly certificateFile?: string | undefined;
  /** For the whole exchange. Default: 10 s. */
  readonly timeoutMs?: number;
  /** The largest body that is read. Default: 16 MiB. */
  readonly bytesMax?: number;
  /** Ends the exchange from outside. */
  readonly signal?: AbortSignal;
  /** What errors call the other side, where its path may hold a secret. Default: origin and path. */
  readonly name?: string;
  /** What errors say is to be done. */
  readonly fix?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** GET. Any status is an answer; no answer is `UNAVAILABLE`. */
export function httpGet(url: URL, options: HttpOptions = {}): Promise<HttpResponse> {
  return exchange(url, "GET", null, options);
}

/** POST of a JSON body. Any status is an answer; no answer is `UNAVAILABLE`. */
export function httpPost(url: URL, body: unknown, options: HttpOptions = {}): Promise<HttpResponse> {
  return exchange(url, "POST", JSON.stringify(body), options);
}

async function exchange(url: URL, method: string, body: string | null, options: HttpOptions): Promise<HttpResponse> {
  const { timeoutMs = 10_000, bytesMax = 16_777_216, name = `${url.origin}${url.pathname}` } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
    const response = await send(url, method, body, options, signal);
    return { status: response.statusCode ?? 0, body: (await readAnswer(response, bytesMax)).toString("utf8") };
  } catch (error) {
    const reason = timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
    const { fix = fixOf(error) } = options;
    throw new ChainPulseError("UNAVAILABLE", `${method} ${name}: ${reason}`, { fix, cause: error });
  }
}

function send(
  url: URL,
  method: string,
  body: string | null,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const authorization = authorizationOf(options);
  const headers = {
    accept: "application/json",
    ...(body === null ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    ...(authorization === null ? {} : { authorization }),
  };
  return new Promise((resolve, reject) => {
    // A connection of its own: a command makes few requests and then ends.
    const common = { method, headers, signal, agent: false } as const;
    const request =
      url.protocol === "https:"
        ? httpsRequest(url, { ...common, ...pinned(options.certificateFile) }, resolve)
        : httpRequest(url, common, resolve);
    request.on("error", reject);
    request.end(body);
  });
}

function authorizationOf({ token, basicAuth }: HttpOptions): string | null {
  if (token !== undefined) return `Bearer ${token.reveal()}`;
  if (basicAuth === undefined) return null;
  return `Basic ${Buffer.from(`${basicAuth.username}:${basicAuth.password.reveal()}`).toString("base64")}`;
}

/**
 * Trust in one certificate instead of in the system's authorities. The server on this machine is reached as 127.0.0.1, a name that
 * its certificate seldom carries; comparing the certificate itself is stricter than comparing a name.
 */
function pinned(file: string | undefined): RequestOptions {
  if (file === undefined) return {};
  const pem = readFileSync(file, "utf8");
  const expected = new X509Certificate(pem).raw;
  return {
    ca: pem,
    allowPartialTrustChain: true,
    checkServerIdentity: (_, { raw }) =>
      raw.equals(expected) ? undefined : new Error("the server shows another certificate than the configured one"),
  };
}

function fixOf(error: unknown): string {
  return untrustedCertificate(error) === null
    ? "Is the server running there? Start it with: chainpulse start"
    : "Name the server's configuration with --config, or a file with who signed its certificate in NODE_EXTRA_CA_CERTS.";
}

/** A refused connection to a name with several addresses is an AggregateError without a message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return untrustedCertificate(error) ?? (error instanceof Error ? error.message : String(error));
}
