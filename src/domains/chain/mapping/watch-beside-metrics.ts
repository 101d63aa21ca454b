/** A client that tells of itself twice, by an API and by its own metrics, is watched by what there is of both. */
import type { Metric } from "../../../core/metric.ts";
import type { ClientContext } from "../client/client-kind.ts";
import type { Dialect } from "./dialect.ts";
import { watchMetrics } from "./watch-metrics.ts";

export interface BesideMetrics {
  readonly dialect: Dialect;
  /** What `watchApi` tells sooner or better: its metrics are not mapped as long as there is the API. */
  readonly fromApi: readonly Metric[];
  /** Watches by `rpc`. */
  readonly watchApi: (context: ClientContext) => Promise<void>;
}

/** Without the API, the metrics say all that they can, and whether the client is up. Resolves with the context's signal. */
export async function watchBesideMetrics(context: ClientContext, { dialect, fromApi, watchApi }: BesideMetrics): Promise<void> {
  const { rpc, metrics } = context.target;
  if (rpc === null) return watchMetrics(context, dialect, { alone: true });
  if (metrics === null) return watchApi(context);
  await Promise.all([watchApi(context), watchMetrics(context, dialect, { except: fromApi })]);
}
