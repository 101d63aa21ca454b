/**
 * Parameters as Prometheus reads them, with its words for what is wrong, because clients show them: times as unix seconds or
 * RFC 3339, durations as seconds or `1h30m`. Beyond Prometheus, times may be relative as in the REST API: `-1h`, `now`.
 * Source: web/api/v1/api.go, `parseTime`, `parseDuration`, `parseLimitParam`, `invalidParamError`.
 */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { LabelMatcher } from "../../core/labels.ts";
import type { SeriesSelection } from "../../query/api.ts";
import { parseDuration } from "../../core/duration.ts";
import { quote } from "../../query/parser/literals.ts";
import type { Services } from "../services.ts";
import { parseTime } from "../rest/time-range.ts";

/** Longer than a time or duration can be; what such a text says is judged below. */
const text = z.string().max(64).optional();
export const timeText = text.meta({ description: "Unix seconds, RFC 3339, or relative: -1h, now." });
export const durationText = text.meta({ description: "Seconds, or a duration: 15s, 1h30m." });
export const limitText = text.meta({ description: "A whole number; 0 is no limit." });
export const exprText = z.string().max(65_536).default("").meta({ description: "PromQL." });
/** A repeatable parameter: one string or many. */
export const matchText = z
  .union([
    z
      .string()
      .max(8192)
      .transform((one) => [one]),
    z.array(z.string().max(8192)).max(32),
  ])
  .optional()
  .meta({ description: "A series selector; may be repeated." });

/** Go's ParseFloat, as far as times go; `1e9` is one. */
const float = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** The last moment that JavaScript and the store can name, 100,000,000 days after the epoch (ECMA-262, Time Values). */
const lastMs = 8.64e15;

/** ms since the epoch; `otherwise` where nothing was sent. Errors: `BAD_REQUEST`. */
export function readTime(name: string, sent: string | undefined, nowMs: number, otherwise?: number): number {
  const timeMs = (sent ?? "") === "" ? otherwise : timeOf(sent ?? "", nowMs);
  if (timeMs !== undefined && Math.abs(timeMs) <= lastMs) return timeMs;
  throw invalid(name, `cannot parse ${quote(sent ?? "")} to a valid timestamp`);
}

/** As `readTime`; promtool sends the ends of Go's time, which mean that there is no bound. */
function readBound(name: string, sent: string | undefined, nowMs: number, otherwise: number): number {
  const isFar = float.test(sent ?? "") && Math.abs(Number(sent)) * 1000 > lastMs;
  return isFar ? Math.sign(Number(sent)) * lastMs : readTime(name, sent, nowMs, otherwise);
}

function timeOf(sent: string, nowMs: number): number | undefined {
  if (float.test(sent)) return Math.round(Number(sent) * 1000);
  try {
    return parseTime(sent, nowMs);
  } catch (error) {
    if (error instanceof ChainPulseError && error.code === "BAD_REQUEST") return undefined;
    throw error;
  }
}

/** Milliseconds, which may be 0 or less: what that means is the parameter's business. Errors: `BAD_REQUEST`. */
export function readDuration(name: string, sent: string): number {
  const durationMs = float.test(sent) ? Math.trunc(Number(sent) * 1000) : parseDuration(sent);
  if (durationMs !== null && Number.isSafeInteger(durationMs)) return durationMs;
  throw invalid(name, `cannot parse ${quote(sent)} to a valid duration`);
}

/** As `readDuration`; nothing sent is nothing said. */
export function readDurationIfSent(name: string, sent: string | undefined): number | undefined {
  return (sent ?? "") === "" ? undefined : readDuration(name, sent ?? "");
}

/** `undefined`: no limit. Errors: `BAD_REQUEST`. */
export function readLimit(sent: string | undefined, name = "limit"): number | undefined {
  if ((sent ?? "") === "") return undefined;
  const limit = /^[+-]?\d+$/.test(sent ?? "") ? Number(sent) : Number.NaN;
  if (!Number.isSafeInteger(limit)) throw invalid(name, `${name} must be a number`);
  if (limit < 0) throw invalid(name, `${name} must be non-negative`);
  return limit === 0 ? undefined : limit;
}

/** What a request for series or labels selects; without times, all that is stored. */
export const selectionFields = { "match[]": matchText, start: timeText, end: timeText, limit: limitText } as const;

/** What `selectionFields` come to. Errors: `BAD_REQUEST`. */
export async function readSelection(
  { query, clock }: Services,
  input: z.output<z.ZodObject<typeof selectionFields>>,
): Promise<SeriesSelection> {
  const nowMs = clock.nowMs();
  const startMs = readBound("start", input.start, nowMs, 0);
  const endMs = readBound("end", input.end, nowMs, lastMs);
  const matchers = await Promise.all((input["match[]"] ?? []).map((selector) => readMatchers(query, selector)));
  return { matchers, startMs, endMs };
}

/** The matchers of one `match[]`. Errors: `BAD_REQUEST`. */
export function readMatchers(query: Services["query"], selector: string): Promise<readonly LabelMatcher[]> {
  return naming("match[]", query.parseSelector(selector));
}

/** An expression that is not valid is a parameter that is not valid. */
export async function naming<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isTheirs = error instanceof ChainPulseError && (error.code === "QUERY_SYNTAX" || error.code === "QUERY_UNSUPPORTED");
    throw isTheirs ? invalid(name, error.message, error) : error;
  }
}

/** `invalid parameter "step": …`, code `BAD_REQUEST`. */
export function invalid(name: string, problem: string, cause?: ChainPulseError): ChainPulseError {
  const options = cause === undefined ? {} : { cause, ...(cause.fix === undefined ? {} : { fix: cause.fix }) };
  return new ChainPulseError("BAD_REQUEST", `invalid parameter ${quote(name)}: ${problem}`, options);
}
