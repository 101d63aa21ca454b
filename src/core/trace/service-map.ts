/** Who calls whom: where a span's parent is of another service or node, that one has called it. From columns, so that it costs no bodies. */
import { type SpanColumns, spanFlags } from "../span-columns.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";

export interface MapEnd {
  readonly service: string;
  /** Empty where the spans say none. */
  readonly node: string;
}

export interface MapEdge {
  readonly source: MapEnd;
  readonly target: MapEnd;
  readonly calls: number;
  readonly errors: number;
  /** Of the called spans, as their own clocks measured it; `null`: all of them end before they begin. */
  readonly duration: Percentiles | null;
}

export interface MapBox extends MapEnd {
  readonly spans: number;
  readonly errors: number;
}

export interface ServiceMap {
  /** By number of spans, greatest first. */
  readonly boxes: readonly MapBox[];
  /** By number of calls, greatest first. */
  readonly edges: readonly MapEdge[];
}

/** Over many traces; in time linear in their spans. */
export function serviceMap(traces: readonly SpanColumns[]): ServiceMap {
  const boxes = new Tally();
  const edges = new Tally();
  for (const columns of traces) {
    for (const [row, above] of columns.parent.entries()) {
      const isFailed = ((columns.flags[row] ?? 0) & spanFlags.failed) !== 0;
      const target = endOf(columns, row);
      boxes.add([target], isFailed, 0);
      if (above < 0) continue;
      const source = endOf(columns, above);
      const isOther = source.service !== target.service || source.node !== target.node;
      if (isOther) edges.add([source, target], isFailed, columns.durationMs[row] ?? 0);
    }
  }
  return {
    boxes: boxes
      .byCount()
      .flatMap(({ ends: [end], timesMs, errors }) => (end === undefined ? [] : [{ ...end, spans: timesMs.length, errors }])),
    edges: edges.byCount().flatMap(({ ends: [source, target], timesMs, errors }): readonly MapEdge[] => {
      if (source === undefined || target === undefined) return [];
      return [{ source, target, calls: timesMs.length, errors, duration: percentilesOf(timesMs.filter((ms) => ms >= 0)) }];
    }),
  };
}

function endOf({ operation, operations, node, nodes }: SpanColumns, row: number): MapEnd {
  return { service: operations[operation[row] ?? 0]?.service ?? "", node: nodes[node[row] ?? 0] ?? "" };
}

interface Counted {
  readonly ends: readonly MapEnd[];
  readonly timesMs: number[];
  errors: number;
}

class Tally {
  readonly #counts = new Map<string, Counted>();

  add(ends: readonly MapEnd[], isFailed: boolean, ms: number): void {
    const key = JSON.stringify(ends);
    const counted = this.#counts.get(key) ?? { ends, timesMs: [], errors: 0 };
    this.#counts.set(key, counted);
    counted.timesMs.push(ms);
    if (isFailed) counted.errors++;
  }

  byCount(): readonly Counted[] {
    return [...this.#counts.values()].sort((a, b) => b.timesMs.length - a.timesMs.length);
  }
}
