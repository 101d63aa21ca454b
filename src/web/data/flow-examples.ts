/** Traces that a chart's values lead to, out of exemplars as the Prometheus API gives them. */

/** Source: Prometheus documentation, "HTTP API", querying exemplars. */
export interface ExemplarAnswer {
  readonly data: readonly {
    readonly exemplars: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly value: string;
      /** Seconds. */
      readonly timestamp: number;
    }[];
  }[];
}

export interface ExampleTrace {
  readonly traceId: string;
  readonly value: number;
  readonly timeMs: number;
}

/** The greatest values that have a trace; each trace once. */
export function examplesIn(answers: readonly ExemplarAnswer[], most: number): readonly ExampleTrace[] {
  const found = new Map<string, ExampleTrace>();
  for (const { exemplars } of answers.flatMap(({ data }) => data))
    for (const { labels, value, timestamp } of exemplars) {
      const traceId = labels["trace_id"] ?? "";
      const example = { traceId, value: Number(value), timeMs: timestamp * 1000 };
      const known = found.get(traceId);
      if (traceId !== "" && Number.isFinite(example.value) && (known === undefined || known.value < example.value))
        found.set(traceId, example);
    }
  return [...found.values()].sort((a, b) => b.value - a.value).slice(0, most);
}
