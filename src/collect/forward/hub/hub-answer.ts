/** What an answer of the hub that is no success means for the agent. */
import type { PinnedResponse } from "../../../io/pinned-connection.ts";
import type { SendOutcome } from "../destination.ts";

/**
 * `busy`: the same again, later. `session`: the hub does not have the session; a new one, at once. `batch`: it does not understand the
 * batch. `unwelcome`: it does not take this agent at all: nothing is wrong with what is sent, so nothing is given up.
 */
export type HubRefusalKind = "busy" | "session" | "batch" | "unwelcome";

export class HubRefusal extends Error {
  readonly kind: HubRefusalKind;
  /** The hub asks not to come before. */
  readonly afterMs: number;

  constructor(kind: HubRefusalKind, message: string, afterMs = 0) {
    super(message);
    this.name = "HubRefusal";
    this.kind = kind;
    this.afterMs = afterMs;
  }
}

/** Retry-After in seconds, RFC 9110 §10.2.3; we write no dates, and a proxy that does is asked again by our own pauses. */
const retryAfterMsMax = 300_000;
/** Somebody must change something first: a token, an address. */
const unwelcomeMs = 30_000;

/** A hub of a version that has no such path is asked again after this, ms. */
const olderHubMs = 3_600_000;

/** What an answer to a page of events or spans has come to, where it is none of success. `count`: of what is in the page. */
export function pageOutcomeOf(response: PinnedResponse, count: number): SendOutcome {
  if (response.status === 404) {
    return { kind: "retry", message: "the hub is of an older version, which takes none", afterMs: olderHubMs };
  }
  const { kind, message, afterMs } = refusalOf(response, true);
  return kind === "batch" ? { kind: "refused", message, count } : { kind: "retry", message, afterMs };
}

/** `isBatch`: of a batch, not of a hello. */
export function refusalOf({ status, headers, body }: PinnedResponse, isBatch: boolean): HubRefusal {
  const message = `${status} ${detailOf(body)}`.trim();
  const seconds = Number(headers["retry-after"]);
  const afterMs = seconds > 0 ? Math.min(retryAfterMsMax, seconds * 1000) : 0;
  if (status === 409) return new HubRefusal("session", message);
  if (status === 429 || status >= 500) return new HubRefusal("busy", message, afterMs);
  if (isBatch && [400, 413, 415, 422].includes(status)) return new HubRefusal("batch", message);
  return new HubRefusal("unwelcome", message, Math.max(unwelcomeMs, afterMs));
}

/** The sentence of a problem (RFC 9457), or the text as it is. */
function detailOf(body: Buffer): string {
  const text = body.toString("utf8").slice(0, 2000);
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem === "object" && problem !== null && "detail" in problem) return String(problem.detail);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text;
}
