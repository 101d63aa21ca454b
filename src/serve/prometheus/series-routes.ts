/**
 * Which series and labels there are. Grafana's query builder and its variables are made of these.
 * Source: web/api/v1/api.go, `series`, `labelNames`, `labelValues`.
 */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import { truncated } from "../../query/answer.ts";
import { clientGone } from "../http/client-gone.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { envelopeOf, getAndPost, tag } from "./api-route.ts";
import { type Success, success } from "./envelope.ts";
import { readLimit, readSelection, selectionFields } from "./parameters.ts";
import { unescapeName } from "./unescape-name.ts";

const input = z.object(selectionFields);
const names = z.array(z.string());

/** Label sets in one answer; Grafana asks for 40,000. */
const seriesMax = 100_000;

/** At most `wanted` items, with Prometheus's warning when some were left out. */
function limited(items: readonly unknown[], wanted: number | undefined): Success {
  const cut = wanted !== undefined && items.length > wanted;
  return success(cut ? items.slice(0, wanted) : items, { warnings: cut ? [truncated] : [] });
}

export const seriesRoutes: readonly Route[] = [
  ...getAndPost({
    path: "/api/v1/series",
    summary: "Label sets that match.",
    input,
    data: z.array(z.record(z.string(), z.string())),
    async handle({ services }, request, reply) {
      if (request["match[]"] === undefined) throw new ChainPulseError("BAD_REQUEST", "no match[] parameter provided");
      const wanted = Math.min(readLimit(request.limit) ?? seriesMax, seriesMax);
      // One more than wanted shows that some were left out.
      return limited(
        await services.query.series(await readSelection(services, request), wanted + 1, clientGone(reply)),
        wanted,
      );
    },
  }),
  ...getAndPost({
    path: "/api/v1/labels",
    summary: "Names of labels.",
    input,
    data: names,
    async handle({ services }, request, reply) {
      const wanted = readLimit(request.limit);
      return limited(await services.query.labelNames(await readSelection(services, request), clientGone(reply)), wanted);
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/label/:name/values",
    access: "read",
    tag,
    summary: "Values of one label.",
    errors: "prometheus",
    params: z.object({ name: z.string().min(1).max(512) }),
    query: input,
    answer: envelopeOf(names),
    async handle({ services }, { params, query, reply }) {
      const name = unescapeName(params.name);
      const wanted = readLimit(query.limit);
      const selection = await readSelection(services, query);
      return limited(await services.query.labelValues(name, selection, clientGone(reply)), wanted);
    },
  }),
];
