/** Evaluating expressions: `query`, `query_range`. Source: web/api/v1/api.go, `query`, `queryRange`. */
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { QueryOptions } from "../../query/api.ts";
import type { ServeContext } from "../context.ts";
import { clientGone } from "../http/client-gone.ts";
import type { Route } from "../http/route.ts";
import { pointsMax } from "../rest/time-range.ts";
import { getAndPost } from "./api-route.ts";
import {
  durationText,
  exprText,
  invalid,
  limitText,
  naming,
  readDuration,
  readDurationIfSent,
  readLimit,
  readTime,
  timeText,
} from "./parameters.ts";

const optionFields = {
  timeout: durationText,
  limit: limitText,
  lookback_delta: durationText,
  stats: z.string().max(64).optional().meta({ description: "Anything: the answer says what it has cost." }),
  nocache: z.string().max(64).optional().meta({ description: "1: nothing that earlier queries left behind is used." }),
} as const;

const queryInput = z.object({ query: exprText, time: timeText, ...optionFields });
const rangeInput = z.object({ query: exprText, start: timeText, end: timeText, step: durationText, ...optionFields });

const data = z.looseObject({
  resultType: z.enum(["vector", "matrix", "scalar", "string"]),
  result: z.array(z.unknown()),
  stats: z.unknown().optional(),
});

/** Without a `lookback_delta` the engine's own holds, as with one that is not positive. */
function readOptions(input: z.output<z.ZodObject<typeof optionFields>>, nowMs: number): QueryOptions {
  const lookbackMs = readDurationIfSent("lookback_delta", input.lookback_delta) ?? 0;
  return {
    timeoutMs: readDurationIfSent("timeout", input.timeout),
    askedAtMs: nowMs,
    lookbackMs: lookbackMs > 0 ? lookbackMs : undefined,
    limit: readLimit(input.limit),
    stats: (input.stats ?? "") !== "",
    noCache: input.nocache === "1",
  };
}

/** The body of an answer, as the query thread has written it: up to 40 MB would hold this thread for a second. */
async function answerOf(reply: FastifyReply, work: Promise<Uint8Array<ArrayBuffer>>): Promise<Buffer> {
  const json = await naming("query", work);
  reply.type("application/json; charset=utf-8");
  return Buffer.from(json.buffer, json.byteOffset, json.byteLength);
}

function runQuery({ services }: ServeContext, input: z.output<typeof queryInput>, reply: FastifyReply): Promise<Buffer> {
  const nowMs = services.clock.nowMs();
  const timeMs = readTime("time", input.time, nowMs, nowMs);
  return answerOf(reply, services.query.instantJson(input.query, timeMs, readOptions(input, nowMs), clientGone(reply)));
}

function runRange({ services }: ServeContext, input: z.output<typeof rangeInput>, reply: FastifyReply): Promise<Buffer> {
  const nowMs = services.clock.nowMs();
  const startMs = readTime("start", input.start, nowMs);
  const endMs = readTime("end", input.end, nowMs);
  if (endMs < startMs) throw invalid("end", "end timestamp must not be before start time");
  const stepMs = readDuration("step", input.step ?? "");
  if (stepMs <= 0) {
    throw invalid("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  if (Math.floor((endMs - startMs) / stepMs) > pointsMax) {
    throw new ChainPulseError(
      "BAD_REQUEST",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  const options = readOptions(input, nowMs);
  return answerOf(reply, services.query.rangeJson(input.query, startMs, endMs, stepMs, options, clientGone(reply)));
}

export const queryRoutes: readonly Route[] = [
  ...getAndPost({
    path: "/api/v1/query",
    summary: "Evaluates an expression at one time.",
    input: queryInput,
    data,
    handle: runQuery,
  }),
  ...getAndPost({
    path: "/api/v1/query_range",
    summary: "Evaluates an expression over a range.",
    input: rangeInput,
    data,
    handle: runRange,
  }),
];
