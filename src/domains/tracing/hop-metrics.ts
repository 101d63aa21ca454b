/** Tells of hops: how long each pair of places takes, and which is the slowest, where that can be told. */
import type { HeldSeries } from "../../core/observer.ts";
import type { Flow } from "../../core/trace/flow.ts";
import { middleError } from "../../core/trace/hop-table.ts";
import type { Hop } from "../../core/trace/hops.ts";
import { nearestRank } from "../../core/trace/percentiles.ts";
import { linksOf, type LinkRow } from "../../core/trace/same-link.ts";
import { type Candidate, verdictOn } from "../../core/trace/verdict.ts";
import type { HeldSums } from "./held-sums.ts";
import type { KnownPlaces } from "./known-places.ts";
import { hopQuantiles, type PerChain, type PerHop, tracingMetrics as metrics } from "./metrics.ts";
import { RecentGauges, type TracingContext } from "./recent-gauges.ts";
import { type RecentValue, RecentValues } from "./recent-values.ts";

/** Pairs of places; each has seven series. */
const pairsMax = 128;
const recentMax = 64;
/** A pair of which nothing was heard for so long, ms, is compared with none any more: its link may be gone. */
const silentMsMax = 600_000;

interface Pair {
  readonly labels: PerHop;
  /** Which pairs it is compared with: those of its chain and kind. */
  readonly group: string;
  readonly recent: RecentValues;
  /** `null`: too long ago. */
  heardMs: number | null;
}

export class HopMetrics {
  readonly #context: TracingContext;
  readonly #sums: HeldSums;
  readonly #places: KnownPlaces;
  readonly #delays: RecentGauges<typeof metrics.hopDelay, (typeof hopQuantiles)[number]>;
  readonly #pairs = new Map<string, Pair>();
  /** By group: the series that has a value now. */
  readonly #slowest = new Map<string, HeldSeries>();
  /** Groups whose slowest pair may be another one now. */
  readonly #toJudge = new Set<string>();

  constructor(context: TracingContext, sums: HeldSums, places: KnownPlaces) {
    this.#context = context;
    this.#sums = sums;
    this.#places = places;
    this.#delays = new RecentGauges({ context, metric: metrics.hopDelay, quantiles: hopQuantiles, recentMax });
  }

  add({ of, source, otherSources, target, delay, isUncertain }: Hop, { traceId }: Flow, chain: PerChain): void {
    const [sourceName, targetName] = [this.#places.nameOf(source), this.#places.nameOf(target)];
    if (sourceName === null || targetName === null) return;
    const labels: PerHop = { ...chain, "trace.kind": of, "hop.source": sourceName, "hop.target": targetName };
    const key = JSON.stringify(labels);
    const heardMs = this.#context.clock.monotonicMs();
    const pair = this.#pairs.get(key) ?? { labels, group: JSON.stringify(chain), recent: new RecentValues(recentMax), heardMs };
    if (!this.#pairs.has(key) && this.#pairs.size >= pairsMax) {
      this.#sums.add(metrics.leftOut, { reason: "hops" }, 1);
      return;
    }
    this.#pairs.set(key, pair);
    const others = otherSources.flatMap((place) => this.#places.nameOf(place) ?? []);
    pair.recent.add({ ...delay, traceId, otherSources: others });
    pair.heardMs = heardMs;
    this.#toJudge.add(pair.group);
    this.#delays.add(key, (quantile) => ({ ...labels, quantile }), { ...delay, traceId });
    this.#sums.add(metrics.hopCount, labels, 1);
    this.#sums.add(metrics.hopTime, labels, delay.ms / 1000);
    this.#sums.add(metrics.hopUncertain, labels, isUncertain ? 1 : 0);
  }

  tell(): void {
    this.#delays.tell();
    const silentMs = this.#context.clock.monotonicMs() - silentMsMax;
    for (const pair of this.#pairs.values()) {
      if (pair.heardMs === null || pair.heardMs > silentMs) continue;
      pair.heardMs = null;
      this.#toJudge.add(pair.group);
    }
    for (const group of this.#toJudge) this.#tellSlowest(group);
    this.#toJudge.clear();
  }

  #tellSlowest(group: string): void {
    const rows = [...this.#pairs.values()].filter((pair) => pair.group === group && pair.heardMs !== null).map(rowOf);
    // Where the source cannot be told from another one, it is the one that it is most of the time.
    const candidates = linksOf(rows).map((link): Candidate & { readonly labels: PerHop } => {
      const values = link.flatMap((row) => row.values).sort((a, b) => a.ms - b.ms);
      const ms = nearestRank(values, 0.5)?.ms ?? 0;
      return { labels: link[0].labels, n: values.length, typical: { ms, errorMs: middleError(values) } };
    });
    const { slowest } = verdictOn(candidates);
    const series = slowest === null ? undefined : this.#context.series(metrics.slowestHop, slowest.labels);
    const before = this.#slowest.get(group);
    if (before !== series) before?.clear();
    if (slowest === null || series === undefined) {
      this.#slowest.delete(group);
      return;
    }
    series.set(slowest.typical.ms / 1000);
    this.#slowest.set(group, series);
  }
}

interface PairRow extends LinkRow {
  readonly labels: PerHop;
  readonly values: readonly RecentValue[];
}

function rowOf({ labels, recent: { values } }: Pair): PairRow {
  const others = new Map<string, number>();
  for (const { otherSources = [] } of values) {
    for (const name of otherSources) others.set(name, (others.get(name) ?? 0) + 1);
  }
  return { sourceKey: labels["hop.source"], targetKey: labels["hop.target"], n: values.length, others, labels, values };
}
