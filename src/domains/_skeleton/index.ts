/** SKELETON: copy this folder, rename, add one line to `domains/index.ts`. Views, panels and checks are data too. */
import type { Domain } from "../../core/domain.ts";
import { labelOf, select } from "../../core/promql-text.ts";
import { entropyCollector } from "./entropy.ts";
import { skeletonMetrics as m } from "./metrics.ts";

export const skeleton: Domain = {
  id: "skeleton",
  title: "Skeleton",
  metrics: m,
  collectors: [entropyCollector],
  views: [
    {
      name: "skeleton",
      help: "SKELETON: what REST and GraphQL show of your domain.",
      fields: [{ name: "entropyBits", help: m.entropyAvailable.help, unit: "{bit}", expr: select(m.entropyAvailable) }],
    },
  ],
  panels: [
    {
      id: "skeleton",
      title: "Skeleton",
      panels: [
        {
          id: "skeleton-entropy",
          title: "Kernel entropy",
          help: "SKELETON: what the chart tells, and when it is bad.",
          unit: "count",
          queries: [{ expr: select(m.entropyAvailable), legend: `{{${labelOf(m.entropyAvailable, "pool")}}}` }],
          metrics: [m.entropyAvailable.name],
        },
      ],
    },
  ],
  checks: [],
  alerts: [],
};
