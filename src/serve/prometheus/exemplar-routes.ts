/** Exemplars of the series that an expression looks at. Source: web/api/v1/api.go, `queryExemplars`; model/exemplar for the JSON. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import { clientGone } from "../http/client-gone.ts";
import type { Route } from "../http/route.ts";
import { getAndPost } from "./api-route.ts";
import { success } from "./envelope.ts";
import { exprText, naming, readTime, timeText } from "./parameters.ts";

const labels = z.record(z.string(), z.string());

/** Go's names of the numbers that JSON lacks. */
function sampleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

export const exemplarRoutes: readonly Route[] = getAndPost({
  path: "/api/v1/query_exemplars",
  summary: "Exemplars of the series that an expression looks at.",
  input: z.object({ query: exprText, start: timeText, end: timeText }),
  data: z.array(
    z.object({
      seriesLabels: labels,
      exemplars: z.array(z.object({ labels, value: z.string(), timestamp: z.number() })),
    }),
  ),
  async handle({ services }, { query, start, end }, reply) {
    const nowMs = services.clock.nowMs();
    const [startMs, endMs] = [readTime("start", start, nowMs, 0), readTime("end", end, nowMs, nowMs)];
    if (endMs < startMs) throw new ChainPulseError("BAD_REQUEST", "end timestamp must not be before start timestamp");
    const { series, warnings } = await naming("query", services.telemetry.exemplars(query, startMs, endMs, clientGone(reply)));
    const data = series.map(({ series: seriesLabels, exemplars }) => ({
      seriesLabels,
      exemplars: exemplars.map(({ labels: own, value, timestampMs }) => ({
        labels: own,
        value: sampleText(value),
        timestamp: timestampMs / 1000,
      })),
    }));
    return success(data, { warnings });
  },
});
