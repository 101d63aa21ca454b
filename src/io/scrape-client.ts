/**
 * Asks targets for their metrics: HTTP requests over kept-open connections, bounded in time and in bytes before and after
 * decompression. Secrets and certificates are read from their files again and again, so that a changed one holds without a restart.
 * Sources: Prometheus scrape/scrape.go, `targetScraper`; common config/http_config.go.
 */
import type { Agent, IncomingMessage } from "node:http";
import { type AgentOptions, request as httpsRequest } from "node:https";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Clock, systemClock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { Agent as HttpAgent, request as httpRequest } from "./node-http.ts";
import { openPemAgent } from "./pem-agent.ts";
import { readSecretFile } from "./secret-file.ts";

export interface ScrapeClientOptions {
  readonly basicAuth?: { readonly username?: string; readonly usernameFile?: string; readonly passwordFile?: string };
  /** The scheme and the file with what follows it in the header. */
  readonly authorization?: { readonly type: string; readonly file: string };
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly serverName?: string;
    readonly anyCertificate: boolean;
    readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  };
  readonly followRedirects: boolean;
  readonly compressed: boolean;
}

export interface ScrapeRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Of the body, uncompressed. */
  readonly bytesMax: number;
  /** Ends the exchange from outside. */
  readonly signal: AbortSignal;
  /** What all bodies that are on their way may have together. */
  readonly budget: ByteBudget;
}

export interface ScrapeAnswer {
  readonly body: Uint8Array;
  readonly contentType: string;
}

export interface ScrapeClient {
  /** Throws `SCRAPE_FAILED` with the reason, `FILE_UNUSABLE` for a file of the options. A certificate that could be read once goes on. */
  get(request: ScrapeRequest): Promise<ScrapeAnswer>;
  close(): void;
}

/** As Go's http.Client has it. */
const redirectsMax = 10;
/** Small bodies are the rule, and each chunk costs a journey to another thread. */
const gunzipChunk = 262_144;
const inflate = promisify(gunzip);

export function createScrapeClient(
  options: ScrapeClientOptions,
  clock: Pick<Clock, "monotonicMs"> = systemClock,
): ScrapeClient {
  const { compressed, followRedirects } = options;
  const plain = new HttpAgent({ keepAlive: true });
  const secure = openPemAgent({ files: options.tls ?? {}, agent: tlsOptions(options.tls), clock });

  const follow = async (request: ScrapeRequest, signal: AbortSignal): Promise<IncomingMessage> => {
    const headers = {
      ...request.headers,
      ...(compressed ? { "accept-encoding": "gzip" } : {}),
      ...(await authorizationOf(options)),
    };
    let { url } = request;
    for (let redirects = 0; ; redirects++) {
      const agent = url.protocol === "https:" ? await secure.current() : plain;
      const response = await send(url, headers, agent, signal);
      const { location } = response.headers;
      const isRedirect =
        followRedirects && location !== undefined && [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
      if (!isRedirect) return response;
      response.destroy();
      if (redirects === redirectsMax) throw failed(`stopped after ${redirectsMax} redirects`);
      url = redirected(url, location);
    }
  };

  return {
    async get(request) {
      // One controller and a timer: `AbortSignal.any` and `timeout` took a tenth of a small scrape.
      const ending = new AbortController();
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        ending.abort();
      }, request.timeoutMs);
      const onAbort = (): void => ending.abort();
      request.signal.addEventListener("abort", onAbort, { once: true });
      try {
        const response = await follow(request, ending.signal);
        if (response.statusCode !== 200) {
          response.destroy();
          throw failed(`server returned HTTP status ${response.statusCode} ${response.statusMessage ?? ""}`.trimEnd());
        }
        const body = await readBody(response, request);
        return { body, contentType: response.headers["content-type"] ?? "" };
      } catch (error) {
        if (error instanceof ChainPulseError) throw error;
        secure.distrust();
        if (isLate) throw failed(`no complete answer within ${request.timeoutMs} ms`, error);
        throw failed([reasonOf(error), secure.problem].filter((text) => text !== null).join("; "), error);
      } finally {
        clearTimeout(timer);
        request.signal.removeEventListener("abort", onAbort);
      }
    },
    close() {
      plain.destroy();
      secure.close();
    },
  };
}

function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, { headers, agent, signal }, resolve);
    request.on("error", reject);
    request.end();
  });
}

/** Only on the same host: what a target answers must not lead to what only this machine can reach, nor the secret to others. */
function redirected(from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  const isSafe = to !== null && (to.origin === from.origin || isUpgrade(from, to));
  if (!isSafe) throw failed(`a redirect to another host is not followed: ${JSON.stringify(location.slice(0, 200))}`);
  return to;
}

function isUpgrade(from: URL, to: URL): boolean {
  return from.protocol === "http:" && to.protocol === "https:" && from.hostname === to.hostname;
}

async function authorizationOf({ basicAuth, authorization }: ScrapeClientOptions): Promise<Readonly<Record<string, string>>> {
  if (authorization !== undefined) {
    const secret = await readSecretFile(authorization.file);
    return { authorization: `${authorization.type} ${secret.reveal()}` };
  }
  if (basicAuth === undefined) return {};
  const { username = "", usernameFile, passwordFile } = basicAuth;
  const name = usernameFile === undefined ? username : (await readSecretFile(usernameFile)).reveal();
  const password = passwordFile === undefined ? "" : (await readSecretFile(passwordFile)).reveal();
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

async function readBody(response: IncomingMessage, { bytesMax, budget }: ScrapeRequest): Promise<Uint8Array> {
  const body = await collect(response, bytesMax, budget);
  const encoding = response.headers["content-encoding"] ?? "";
  if (encoding === "" || encoding === "identity") return body;
  if (encoding !== "gzip") throw failed(`the answer has the unknown encoding ${JSON.stringify(encoding)}`);
  return unzip(body, bytesMax);
}

/** By events: a loop over the stream's chunks takes a promise for each. */
function collect(response: IncomingMessage, bytesMax: number, budget: ByteBudget): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise<Buffer>((resolve, reject) => {
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      budget.take(chunk.length);
      const isTooMuch = bytes > bytesMax;
      if (!isTooMuch && !budget.exceeded) return;
      response.destroy();
      reject(isTooMuch ? tooLarge(bytesMax) : failed("the answers on their way are too large together"));
    });
    response.on("error", reject);
    response.on("close", () => reject(new Error("the connection was closed within the answer")));
    response.on("end", () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
  }).finally(() => budget.give(bytes));
}

async function unzip(body: Buffer, bytesMax: number): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: bytesMax, chunkSize: Math.min(gunzipChunk, bytesMax) });
  } catch (error) {
    // Node's errors of zlib have codes.
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(bytesMax);
    throw failed(`the answer is no gzip: ${reasonOf(error)}`, error);
  }
}

/** What the files do not say. */
function tlsOptions(tls: ScrapeClientOptions["tls"]): AgentOptions {
  if (tls === undefined) return {};
  const { serverName, anyCertificate, minVersion } = tls;
  return {
    rejectUnauthorized: !anyCertificate,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(minVersion === undefined ? {} : { minVersion }),
  };
}

function tooLarge(bytesMax: number): ChainPulseError {
  return new ChainPulseError("SCRAPE_FAILED", `the answer is larger than ${bytesMax} bytes`, { fix: "Raise body_size_limit." });
}

function failed(message: string, cause?: unknown): ChainPulseError {
  return new ChainPulseError("SCRAPE_FAILED", message, { cause });
}

/** A refused connection to a name with several addresses is an AggregateError without a message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}
