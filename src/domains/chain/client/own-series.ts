/** The series of one thing that is read beside others of a client: while it alone cannot be read, they alone have no value. */
import type { HeldSeries } from "../../../core/observer.ts";
import type { ClientContext } from "./client-kind.ts";

export interface OwnSeries {
  /** As the client's own context; what is set by it can be cleared. */
  readonly own: ClientContext;
  /** What was set has no value. A counter keeps its sum, and is there again with its next count: one that stood still would look like a rate of 0. */
  readonly clear: () => void;
}

export function ownSeries(context: ClientContext): OwnSeries {
  const live = new Set<HeldSeries>();
  return {
    own: {
      ...context,
      series(metric, labels) {
        const series = context.series(metric, labels);
        return {
          set(value) {
            live.add(series);
            series.set(value);
          },
          clear() {
            live.delete(series);
            series.clear();
          },
          release() {
            live.delete(series);
            series.release();
          },
        };
      },
      count(metric, labels, by) {
        live.add(context.series(metric, labels));
        context.count(metric, labels, by);
      },
    },
    clear() {
      for (const series of live) series.clear();
      live.clear();
    },
  };
}
