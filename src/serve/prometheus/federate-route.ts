/** `/federate`: the newest samples of any series, for another Prometheus. Source: web/federate.go. */
import { z } from "zod";
import { metricNameLabel } from "../../core/labels.ts";
import type { VectorSample } from "../../query/api.ts";
import { clientGone } from "../http/client-gone.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { expositionContentTypes, writeExposition } from "./exposition.ts";
import { matchText, readMatchers } from "./parameters.ts";

/**
 * A sample as it is handed on: without an `instance` of its own it gets an empty one, or the scraper would put its own target's there
 * and make one series of many.
 */
function handedOn(sample: VectorSample): VectorSample {
  return "instance" in sample.labels ? sample : { ...sample, labels: { ...sample.labels, instance: "" } };
}

export const federateRoute: Route = defineRoute({
  method: "GET",
  path: "/federate",
  access: "read",
  tag: "Exposition",
  summary: "The newest samples of the series that match, with their times, in Prometheus text format.",
  errors: "prometheus",
  query: z.object({ "match[]": matchText }),
  answer: {
    status: 200,
    contentType: "text/plain",
    description: "Samples of series that are alive; without a selector there are none.",
  },
  async handle({ services }, { query, reply }) {
    const selectors = query["match[]"] ?? [];
    const matchers = await Promise.all(selectors.map((selector) => readMatchers(services.query, selector)));
    const samples = matchers.length === 0 ? [] : await services.query.latestSamples(matchers, clientGone(reply));
    // Text has no place for a native histogram, and none for a series without a name.
    const shown = samples.filter(({ labels, histogram }) => metricNameLabel in labels && histogram === undefined);
    reply.type(expositionContentTypes.text);
    return writeExposition(shown.map(handedOn), services.domains, "text", { withTimes: true });
  },
});
