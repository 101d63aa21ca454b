/** `/metrics`: this process's own collected metrics, for a scraper. */
import { defineRoute, type Route } from "../http/route.ts";
import { chooseFormat, expositionContentTypes, writeExposition } from "./exposition.ts";

export const expositionRoute: Route = defineRoute({
  method: "GET",
  path: "/metrics",
  access: "read",
  tag: "Exposition",
  summary: "The newest tick in Prometheus text format, or OpenMetrics where Accept prefers it.",
  answer: {
    status: 200,
    contentType: "text/plain",
    description: "The header x-chainpulse-timestamp-ms has the time of the tick.",
  },
  async handle({ services }, { request, reply }) {
    const samples = await services.query.latestSamples([
      [
        { name: "node", operator: "=", value: services.nodeId },
        // Not what was scraped from here and came back: each scrape would make twice as much of it.
        { name: "job", operator: "=", value: "" },
      ],
    ]);
    const format = chooseFormat(request.headers.accept ?? "");
    // The newest of all: slow collectors' samples are of an earlier tick.
    const newestMs = samples.reduce((newest, { timestampMs }) => Math.max(newest, timestampMs), 0);
    if (newestMs > 0) reply.header("x-chainpulse-timestamp-ms", newestMs);
    reply.type(expositionContentTypes[format]).header("vary", "accept");
    return writeExposition(samples, services.domains, format);
  },
});
