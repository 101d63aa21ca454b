/** What the requests for traces and logs have in common. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import { nsOfMs } from "../../core/nanoseconds.ts";
import type { PageWish } from "../../core/telemetry-reader.ts";
import { parseTime, timeText } from "../rest/time-range.ts";

export const tag = "Traces and logs";

export const warnings = z.array(z.string()).meta({ description: "What is missing: files that are damaged." });

/** Ids as OpenTelemetry writes them; capitals are taken too. */
export const traceIdText = z
  .string()
  .regex(/^[0-9a-fA-F]{32}$/)
  .transform((text) => text.toLowerCase());

export const spanIdText = z
  .string()
  .regex(/^[0-9a-fA-F]{16}$/)
  .transform((text) => text.toLowerCase());

export const rangeFields = {
  from: timeText.default("-1h"),
  to: timeText.default("now").meta({ description: "What claims to be later is a sender with a wrong clock." }),
} as const;

/** Items of one page. */
export const pageItemsMax = 500;

export const pageFields = {
  limit: z.coerce.number().int().min(1).max(pageItemsMax).default(50),
  cursor: z
    .string()
    .max(128)
    .optional()
    .meta({ description: "`next` of the page before; a page may be short although there is more." }),
} as const;

export function readPage({ limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): PageWish {
  return { limit, cursor: cursor ?? null };
}

/** The range with its last millisecond. Errors: `BAD_REQUEST`. */
export function rangeNs(
  { from, to }: { readonly from: string; readonly to: string },
  nowMs: number,
): { readonly fromNs: bigint; readonly toNs: bigint } {
  const [fromMs, toMs] = [parseTime(from, nowMs), parseTime(to, nowMs)];
  if (fromMs > toMs) throw new ChainPulseError("BAD_REQUEST", "the range ends before it starts");
  return { fromNs: nsOfMs(fromMs), toNs: nsOfMs(toMs + 1) };
}
