/** Requests to our own server: JSON both ways, problem+json turned into one error class. */

/** What the server refused and why, as it said so (RFC 9457). `code` is ChainPulse's own. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fix: string | undefined;

  constructor(status: number, code: string, message: string, fix?: string) {
    super(message);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.fix = fix;
  }
}

type Refusal = () => void;
let onUnauthenticated: Refusal = () => undefined;

/** Called whenever the server answers 401: the session has ended. */
export function whenUnauthenticated(callback: Refusal): void {
  onUnauthenticated = callback;
}

/** GET; rejects with `ApiProblem`. `T` is what the contract says stands there. */
export function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  return request<T>("GET", url, undefined, signal);
}

/** A request that changes something, or that carries its question in the body. */
export function sendJson<T>(method: "POST" | "DELETE", url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return request<T>(method, url, body, signal);
}

/** A question of the Prometheus API, which takes forms: an expression may be longer than an address. */
export function sendForm<T>(url: string, form: URLSearchParams, signal?: AbortSignal): Promise<T> {
  return request<T>("POST", url, form, signal);
}

async function request<T>(method: string, url: string, body: unknown, signal: AbortSignal | undefined): Promise<T> {
  const headers: Record<string, string> = {};
  // The header makes a request that changes something one that a foreign site's form cannot send. Plain GETs stay plain, so
  // that the answers which index.html has asked for ahead are taken.
  if (method !== "GET") headers["x-chainpulse-request"] = "1";
  const form = body instanceof URLSearchParams;
  // The browser names the type of a form itself.
  if (body !== undefined && !form) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new ApiProblem(0, "UNREACHABLE", "The server does not answer.", "Is ChainPulse still running?");
  }
  if (!response.ok) throw await problemOf(response);
  // Server and page are one version (see contract.ts): the shape is what the contract says. 204 has no body.
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  if (response.status === 401) onUnauthenticated();
  const text = await response.text();
  try {
    // Problem details; every member is optional until it is read.
    const body = JSON.parse(text) as { code?: string; title?: string; detail?: string; fix?: string; error?: string };
    // `error` is where the Prometheus API says it.
    const message = body.detail ?? body.error ?? body.title ?? `The server answered ${response.status}.`;
    return new ApiProblem(response.status, body.code ?? "HTTP_ERROR", message, body.fix);
  } catch {
    // A proxy in between answers with its own page; the status is all there is to say.
    return new ApiProblem(response.status, "HTTP_ERROR", `The server answered ${response.status} ${response.statusText}.`);
  }
}

/** Any thrown thing as a sentence. */
export function errorText(error: unknown): string {
  if (error instanceof ApiProblem) return error.fix === undefined ? error.message : `${error.message} ${error.fix}`;
  return error instanceof Error ? error.message : String(error);
}

/** Whether the same question may be answered later: the server was away, busy or failing, and the question itself is not at fault. */
export function isTemporary(error: unknown): boolean {
  // Anything else is an answer that broke off on its way.
  return !(error instanceof ApiProblem) || isTemporaryStatus(error.status);
}

/** Of an HTTP status; 0 without an answer. */
export function isTemporaryStatus(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}
