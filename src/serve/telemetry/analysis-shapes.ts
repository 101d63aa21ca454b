/** The answers of `analysis-routes.ts`, for the description of the API. Their types are in `core/trace/` and `query/telemetry/`. */
import { z } from "zod";
import { flowLabels } from "../../core/trace/flow-labels.ts";
import { flowStages } from "../../core/trace/flow.ts";
import { blockStatuses, observerMethods, transactionStatuses } from "../../core/flow-names.ts";
import { flowKinds } from "../../query/telemetry/window-analysis.ts";
import { warnings } from "./fields.ts";

const about = (description: string): { readonly description: string } => ({ description });

const place = z.object({ node: z.string(), client: z.string() }).meta({ id: "TracePlace" });
const clock = z.object({ offsetMs: z.number(), errorMs: z.number() });
const estimate = z
  .object({
    ms: z.number(),
    errorMs: z.number().nullable().meta(about("May be wrong by this either way; null: nobody knows.")),
  })
  .meta({ id: "TraceEstimate" });
const percentiles = z
  .object({ n: z.number(), p50Ms: z.number(), p90Ms: z.number(), p95Ms: z.number(), p99Ms: z.number(), maxMs: z.number() })
  .meta({ id: "TracePercentiles", description: "Nearest rank: each is a value that there was." });

const stage = z.enum(flowStages);
const kindOfHop = z.enum(flowKinds);
const hop = z
  .object({
    of: kindOfHop,
    source: place,
    otherSources: z
      .array(place)
      .meta(
        about("Had it before the target, too, and nearer to the source than can be told apart: any of them may be the source."),
      ),
    target: place,
    fromMs: z.number(),
    toMs: z.number(),
    delay: estimate,
    isUncertain: z.boolean().meta(about("Less than it may be wrong by, or that is not known.")),
    basis: z.literal("order").meta(about("An assumption: the source is the last place that had it before the target.")),
  })
  .meta({ id: "TraceHop" });
const propagation = z
  .object({ places: z.number(), half: estimate, most: estimate, all: estimate })
  .meta({ id: "TracePropagation", description: "To 50, 90 and 100 % of the places that have it." });
const stageTime = z
  .object({ stage, ms: z.number(), share: z.number().nullable().meta(about("Of the latency; null: it is no part of it.")) })
  .meta({ id: "TraceStageTime" });

const placeFlow = z
  .object({
    place,
    name: z.string(),
    clock: clock.nullable().meta(about("How far the hub's clock is ahead; null: not known, and times are as the node said.")),
    firstSeenMs: z.number().nullable(),
    resolutionMs: z.number().nullable(),
    method: z.enum(observerMethods).nullable(),
    isSubmittedHere: z.boolean(),
    status: z.enum([...transactionStatuses, ...blockStatuses]).nullable(),
    blockHash: z.string().nullable(),
    blockNumber: z.number().nullable(),
    stages: z.array(
      z.object({ stage, fromMs: z.number(), toMs: z.number(), isReorged: z.boolean(), resolutionMs: z.number().optional() }),
    ),
  })
  .meta({ id: "TracePlaceFlow" });

const flow = z
  .object({
    kind: z.enum(flowKinds),
    traceId: z.string(),
    hash: z.string(),
    chain: z.string(),
    isSimulated: z.boolean(),
    startMs: z.number().meta(about("First seen by any place, ms since the epoch; other times are after it.")),
    status: z.enum([...transactionStatuses, ...blockStatuses]).nullable(),
    places: z.array(placeFlow),
    excluded: z.array(z.object({ place, reason: z.string() })),
    hops: z.array(hop),
    slowestHop: z.object({ hop: hop.nullable(), reason: z.string() }),
    latency: estimate
      .nullable()
      .meta(about("First seen anywhere to canonical at the last place that has it; null before that.")),
    path: z.array(z.object({ stage, fromMs: z.number(), toMs: z.number(), place, source: place.nullable() })),
    stages: z.array(stageTime),
    submittedAt: place.nullable().optional(),
    replacedBy: z.string().nullable().optional(),
    waitingFor: z.string().nullable().optional(),
    blockHash: z.string().nullable().optional(),
    blockNumber: z.number().nullable().optional(),
    samplingRatio: z.number().nullable().optional(),
    propagation: propagation.nullable().optional(),
    blockPropagation: propagation.nullable(),
    number: z.number().nullable().optional().meta(about("Of a block.")),
    transactions: z.number().nullable().optional().meta(about("Of a block.")),
  })
  .meta({ id: "TraceFlow" });

const mapEnd = { service: z.string(), node: z.string() } as const;
const map = z
  .object({
    boxes: z.array(z.object({ ...mapEnd, spans: z.number(), errors: z.number() })),
    edges: z.array(
      z.object({
        source: z.object(mapEnd),
        target: z.object(mapEnd),
        calls: z.number(),
        errors: z.number(),
        duration: percentiles.nullable(),
      }),
    ),
  })
  .meta({ id: "TraceServiceMap" });

const operation = { ...mapEnd, name: z.string() } as const;

export const traceAnalysis = z.object({
  traceId: z.string(),
  spans: z.number(),
  spansAnalysed: z.number(),
  spansRead: z.number(),
  startMs: z.number(),
  clocks: z.array(z.object({ node: z.string(), offsetMs: z.number(), errorMs: z.number() })),
  moved: z.object({ byOffset: z.number(), byCausality: z.number() }),
  orphans: z.number(),
  circles: z.number(),
  pathMs: z.number(),
  path: z.array(z.object({ spanId: z.string(), ...operation, fromMs: z.number(), toMs: z.number() })),
  pathStretches: z.number(),
  pathShares: z.array(z.object({ ...operation, ms: z.number(), share: z.number() })),
  map,
  flow: flow.nullable(),
  flowReason: z.string().nullable(),
  warnings,
});

const shares = z
  .object({
    n: z.number(),
    fromMs: z.number(),
    toMs: z.number(),
    parts: z.array(
      z.object({ stage, sourceName: z.string().nullable(), targetName: z.string().nullable(), share: z.number() }),
    ),
  })
  .nullable();
const times = z.object({ half: percentiles.nullable(), most: percentiles.nullable(), all: percentiles.nullable() });
const hopRow = z
  .object({
    of: kindOfHop,
    source: place,
    otherSources: z
      .array(place)
      .meta(about("Hops from these are counted here, too: they cannot be told apart from the source.")),
    target: place,
    sourceName: z.string(),
    targetName: z.string(),
    n: z.number(),
    delay: percentiles,
    typical: estimate,
    uncertainShare: z.number(),
  })
  .meta({ id: "TraceHopRow" });
const placeRow = z
  .object({ place, name: z.string(), n: z.number(), typical: estimate, import: percentiles })
  .meta({ id: "TracePlaceRow" });

const statistics = z.object({
  flows: z.number(),
  statuses: z.record(z.string(), z.number()),
  excluded: z.record(z.string(), z.number()).meta(about("Places that were left out of flows, by reason.")),
  samplingRatio: z.number().nullable(),
  latency: percentiles.nullable(),
  stages: z.array(z.object({ stage, time: percentiles })),
  shares: z
    .object({ median: shares, slowest: shares })
    .meta(about("Of the latency of the middle tenth, and of the slowest twentieth.")),
  waitingShare: z.number().nullable(),
  importShare: z.number().nullable(),
  execute: percentiles.nullable(),
  propagation: times,
  blockPropagation: times,
  hops: z.array(hopRow),
  places: z.array(placeRow),
  slowestHop: z.object({ slowest: hopRow.nullable(), reason: z.string() }),
  slowestPlace: z.object({ slowest: placeRow.nullable(), reason: z.string() }),
  labels: z.array(z.object({ label: z.enum(flowLabels), flows: z.number(), examples: z.array(z.string()) })),
  slowest: z.array(z.object({ traceId: z.string(), latencyMs: z.number() })),
});

const recent = z.object({
  traceId: z.string(),
  hash: z.string(),
  chain: z.string(),
  isSimulated: z.boolean(),
  status: z.string().nullable(),
  startMs: z.number(),
  latencyMs: z.number().nullable(),
  places: z.number(),
  blockNumber: z.number().nullable(),
  stages: z.array(stageTime),
  slowestHop: z.object({ source: z.string(), target: z.string(), ms: z.number(), errorMs: z.number().nullable() }).nullable(),
});

export const windowAnalysis = z.object({
  kind: z.enum(flowKinds),
  analysed: z.number().meta(about("The newest traces, which were looked at.")),
  of: z.number(),
  isMore: z.boolean(),
  statistics,
  recent: z.array(recent),
  warnings,
});
