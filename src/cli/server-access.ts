/** How commands talk to the running server: its address from the configuration, its answers as values, its problems as errors. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Config } from "../core/config.ts";
import { ChainPulseError, type ErrorCode, errorCodes } from "../core/errors.ts";
import { Secret } from "../core/secret.ts";
import { loadConfig } from "../io/config-file.ts";
import type { HttpOptions, HttpResponse } from "../io/http-get.ts";
import type { CommandContext } from "./command.ts";
import { UsageError } from "./usage-error.ts";

export interface AccessOptions {
  readonly url?: string;
  readonly config?: string;
  readonly "token-file"?: string;
}

export interface ServerAccess {
  readonly url: URL;
  /** GET of a path with parameters. Errors: the server's own code, `UNAVAILABLE` where it does not answer. */
  get(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
  /** POST of a JSON body. Errors as in `get`. */
  post(path: string, body: unknown): Promise<unknown>;
}

/** Access by `--url`, or else where the configuration says that the server listens. */
export async function openServer({ env }: CommandContext, options: AccessOptions): Promise<ServerAccess> {
  // With --url the configuration is not needed, and a wrong one must not be in the way.
  if (options.url !== undefined) return accessByUrl(options.url, options);
  return accessLocal((await loadConfig({ file: options.config, env })).config.server, options);
}

/** Access to the server at an address that the user gave. */
export function accessByUrl(text: string, options: AccessOptions): ServerAccess {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--url takes http(s)://HOST:PORT, not ${JSON.stringify(text)}`);
  }
  return accessTo(url, { token: readToken(options["token-file"]) });
}

/** Access to this machine's server: a wildcard address is reached by loopback, and TLS by the configured certificate itself. */
export function accessLocal({ listen, tls }: Config["server"], options: AccessOptions): ServerAccess {
  const address = listen.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
  const url = new URL(`${tls === undefined ? "http" : "https"}://${address}/`);
  return accessTo(url, { token: readToken(options["token-file"]), certificateFile: tls?.cert_file });
}

/** Loaded on the first request: HTTP and TLS cost tens of milliseconds, which `start` would pay for nothing. */
const loadHttp = () => import("../io/http-get.ts");

function accessTo(url: URL, http: HttpOptions): ServerAccess {
  return {
    url,
    get: async (path, parameters = {}) => {
      const target = new URL(path, url);
      for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
      const { httpGet } = await loadHttp();
      return valueOf(await httpGet(target, http), target);
    },
    post: async (path, body) => {
      const target = new URL(path, url);
      const { httpPost } = await loadHttp();
      return valueOf(await httpPost(target, body, http), target);
    },
  };
}

/** The token in a file, without the line end. */
function readToken(file: string | undefined): Secret | undefined {
  if (file === undefined) return undefined;
  try {
    return new Secret(readFileSync(file, "utf8").trim());
  } catch (error) {
    throw new UsageError(`the token file cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function valueOf({ status, body }: HttpResponse, url: URL): unknown {
  const value = parseJson(body);
  if (status >= 200 && status < 300 && value !== undefined) return value;
  throw problemOf(status, value, url);
}

/** Both forms of error that the server has: problem+json of its own API, and the envelope of the Prometheus API. */
const problemSchema = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  error: z.string().optional(),
  title: z.string().optional(),
  fix: z.string().optional(),
});

function problemOf(status: number, value: unknown, url: URL): ChainPulseError {
  const { code, detail, error, title, fix = fixOf(status) } = problemSchema.safeParse(value).data ?? {};
  const text = detail ?? error ?? title ?? "not an answer of ChainPulse";
  const message = `${url.origin}${url.pathname}: ${text} (HTTP ${status})`;
  const options = fix === undefined ? {} : { fix };
  return new ChainPulseError(isErrorCode(code) ? code : codeOf(status), message, options);
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code);
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "FORBIDDEN";
  return status >= 400 && status < 500 ? "BAD_REQUEST" : "UNAVAILABLE";
}

function fixOf(status: number): string | undefined {
  if (status !== 401 && status !== 403) return undefined;
  return "Make a token with `chainpulse token create`, put it into a file, and name that with --token-file.";
}

function parseJson(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
