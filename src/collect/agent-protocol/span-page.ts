/**
 * Spans between agent and hub: an ExportTraceServiceRequest of OTLP in protobuf, compressed by zstd. They need no session, because each
 * says what it is; and no format of ours, because a page of spans repeats little that zstd does not find.
 */
import { z } from "zod";

export const spanPageContentType = "application/vnd.chainpulse.spans";

/** `spans`: as many as one page has at most; storing them keeps others waiting for a tenth of a second. The others: what a hub takes of a body. */
export const spanPageLimits = { spans: 2000, bytes: 8_388_608, compressedBytes: 4_194_304 } as const;

export const spanPageAnswer = z.object({
  /** They are on the disk. */
  stored: z.int().nonnegative(),
  /** Spans without ids, which no agent sends. */
  refused: z.int().nonnegative(),
});

export type SpanPageAnswer = z.infer<typeof spanPageAnswer>;
