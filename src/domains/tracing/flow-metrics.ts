/** Makes metrics of flows: counters as they end, and quantiles of the last ones with the traces that they lead to. */
import type { Span } from "../../core/span.ts";
import { nodesOf, serviceOf } from "../../core/telemetry-source.ts";
import type { Flow, FlowStage, PlaceFlow } from "../../core/trace/flow.ts";
import { type FlowLabel, labelsOf, normsOf } from "../../core/trace/flow-labels.ts";
import type { Place } from "../../core/trace/flow-place.ts";
import { HeldSums } from "./held-sums.ts";
import { HopMetrics } from "./hop-metrics.ts";
import { KnownPlaces } from "./known-places.ts";
import { lateStages } from "./late-stages.ts";
import { flowQuantiles, hopQuantiles, type PerChain, propagationShares, tracingMetrics as metrics } from "./metrics.ts";
import type { ToldFlow } from "./open-flows.ts";
import { RecentGauges, type TracingContext } from "./recent-gauges.ts";

/** Flows that a quantile is of, and that a new one is compared with; and places of the latter: 10 MB. */
const recentMax = 256;
const recentPlacesMax = 10_000;
/** Chains that are told of; an agent may name any number. */
const chainsMax = 8;
/** What is usual is worked out anew so often, ms. */
const normsMs = 30_000;

export class FlowMetrics {
  readonly #context: TracingContext;
  readonly #sums: HeldSums;
  readonly #places = new KnownPlaces();
  readonly #hops: HopMetrics;
  readonly #latency: RecentGauges<typeof metrics.latency, (typeof flowQuantiles)[number]>;
  readonly #stages: RecentGauges<typeof metrics.stageLatency, (typeof flowQuantiles)[number]>;
  readonly #propagation: RecentGauges<typeof metrics.propagation, (typeof hopQuantiles)[number]>;
  readonly #chains = new Set<string>();
  readonly #recent: Flow[] = [];
  #recentPlaces = 0;
  #norms = { sinceMs: -Infinity, of: normsOf([]) };

  constructor(context: TracingContext) {
    this.#context = context;
    this.#sums = new HeldSums(context);
    this.#hops = new HopMetrics(context, this.#sums, this.#places);
    this.#latency = new RecentGauges({ context, metric: metrics.latency, quantiles: flowQuantiles, recentMax });
    this.#stages = new RecentGauges({ context, metric: metrics.stageLatency, quantiles: flowQuantiles, recentMax });
    this.#propagation = new RecentGauges({ context, metric: metrics.propagation, quantiles: hopQuantiles, recentMax });
  }

  ended(flow: Flow): void {
    const chain = this.#chainOf(flow);
    if (chain === null) return;
    const { traceId, latency, stages, places, hops, excluded } = flow;
    this.#sums.add(metrics.flows, { ...chain, "trace.status": flow.status ?? "" }, 1);
    if (excluded.length > 0) this.#sums.add(metrics.leftOut, { reason: "clock" }, excluded.length);
    const key = JSON.stringify(chain);
    if (latency !== null) this.#latency.add(key, (quantile) => ({ ...chain, quantile }), { ...latency, traceId });
    for (const { stage, ms } of stages) {
      const labelsAt = (quantile: (typeof flowQuantiles)[number]) => ({ ...chain, "trace.stage": stage, quantile });
      this.#stages.add(key + stage, labelsAt, { ms, errorMs: null, traceId });
    }
    for (const place of places) this.#tellPlace(place, flow, chain);
    // The way of its block is told by the block's own trace.
    for (const hop of hops) if (hop.of === flow.kind) this.#hops.add(hop, flow, chain);
    this.#tellPropagation(flow, chain, key);
    this.#tellRatio(flow, chain);
    this.#tellLabels(flow, chain, (label) => label !== "not_propagated");
    this.#remember(flow);
  }

  /** It has been waiting for a minute. */
  waiting(flow: Flow): void {
    const chain = this.#chainOf(flow);
    if (chain !== null) this.#tellLabels(flow, chain, (label) => label === "not_propagated");
  }

  /** A span of a flow that was told as ended; each once. */
  late({ name, source, startNs, endNs }: Span, flow: ToldFlow): void {
    const stage = lateStages.get(name);
    const chain = this.#chainOf(flow);
    const [node] = nodesOf(source.resource);
    if (stage === undefined || chain === null || node === undefined || endNs < startNs) return;
    this.#tellStage({ node, client: serviceOf(source.resource) }, chain, stage, Number(endNs - startNs) / 1e6);
  }

  /** So many were forgotten to make room. */
  forgotten(flows: number): void {
    this.#sums.add(metrics.leftOut, { reason: "flows" }, flows);
  }

  /** Sets what is worked out of the last flows. `open`: how many are being put together. */
  tell(open: number): void {
    this.#context.series(metrics.open, {}).set(open);
    this.#latency.tell();
    this.#stages.tell();
    this.#propagation.tell();
    this.#hops.tell();
  }

  /** `null` for a chain too many. */
  #chainOf({ kind, chain, isSimulated }: ToldFlow): PerChain | null {
    if (!this.#chains.has(chain) && this.#chains.size >= chainsMax) {
      this.forgotten(1);
      return null;
    }
    this.#chains.add(chain);
    return { "chain.id": chain, simulated: isSimulated ? "true" : "", "trace.kind": kind };
  }

  #remember(flow: Flow): void {
    this.#recent.push(flow);
    this.#recentPlaces += flow.places.length;
    while (this.#recent.length > recentMax || this.#recentPlaces > recentPlacesMax) {
      this.#recentPlaces -= this.#recent.shift()?.places.length ?? 0;
    }
  }

  #tellPlace({ place, firstSeenMs, stages }: PlaceFlow, { kind }: Flow, chain: PerChain): void {
    const isLater = firstSeenMs !== null && firstSeenMs > 0;
    if (isLater) this.#tellStage(place, chain, kind === "block" ? "block_propagation" : "propagation", firstSeenMs);
    for (const { stage, fromMs, toMs, isReorged } of stages) {
      if (!isReorged) this.#tellStage(place, chain, stage, toMs - fromMs);
    }
  }

  #tellStage(place: Place, chain: PerChain, stage: FlowStage, ms: number): void {
    const name = this.#places.nameOf(place);
    if (name === null) {
      this.#sums.add(metrics.leftOut, { reason: "places" }, 1);
      return;
    }
    const labels = { ...chain, "trace.stage": stage, "trace.place": name };
    this.#sums.add(metrics.stageCount, labels, 1);
    this.#sums.add(metrics.stageTime, labels, ms / 1000);
  }

  #tellPropagation(flow: Flow, chain: PerChain, key: string): void {
    const propagation = flow.kind === "block" ? flow.blockPropagation : flow.propagation;
    if (propagation === null) return;
    const times = { "0.5": propagation.half, "0.9": propagation.most, "1": propagation.all };
    for (const share of propagationShares) {
      const labelsAt = (quantile: (typeof hopQuantiles)[number]) => ({ ...chain, "propagation.share": share, quantile });
      this.#propagation.add(key + share, labelsAt, { ...times[share], traceId: flow.traceId });
    }
  }

  #tellRatio(flow: Flow, { "chain.id": id, simulated }: PerChain): void {
    if (flow.kind !== "transaction" || flow.samplingRatio === null) return;
    this.#context.series(metrics.sampling, { "chain.id": id, simulated }).set(flow.samplingRatio);
  }

  /** Each label is told at one of two times only, so that no transaction counts twice. */
  #tellLabels(flow: Flow, { "chain.id": id, simulated }: PerChain, isToldNow: (label: FlowLabel) => boolean): void {
    if (flow.kind !== "transaction") return;
    const { clock } = this.#context;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#norms.sinceMs >= normsMs) this.#norms = { sinceMs: nowMs, of: normsOf(this.#recent) };
    for (const label of labelsOf(flow, this.#norms.of, clock.nowMs()).filter(isToldNow)) {
      this.#sums.add(metrics.labelled, { "chain.id": id, simulated, "trace.label": label }, 1);
    }
  }
}
