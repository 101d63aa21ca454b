/** The one list of all routes. Registration, the OpenAPI document and the audit test read it. */
import type { Domain } from "../core/domain.ts";
import { sessionRoutes } from "./auth/session-routes.ts";
import { agentRoutes } from "./fleet/agent-routes.ts";
import { graphqlRoutes } from "./graphql/graphql-routes.ts";
import type { Route } from "./http/route.ts";
import { siteRoutes } from "./http/site-routes.ts";
import { ingestRoutes } from "./ingest/routes.ts";
import { liveRoutes } from "./live/live-routes.ts";
import { otlpRoutes } from "./otlp/routes.ts";
import { prometheusRoutes } from "./prometheus/routes.ts";
import { annotationRoutes } from "./rest/annotations.ts";
import { forwardingRoute } from "./rest/forwarding.ts";
import { healthRoutes } from "./rest/health.ts";
import { metricsRoutes } from "./rest/metrics.ts";
import { nodeRoutes } from "./rest/nodes.ts";
import { openapiRoute } from "./rest/openapi-route.ts";
import { processRoutes } from "./rest/processes.ts";
import { programRoutes } from "./rest/programs.ts";
import { receivingRoute } from "./rest/receiving.ts";
import { seriesRoutes } from "./rest/series.ts";
import { statusRoutes } from "./rest/status.ts";
import { targetRoutes } from "./rest/targets.ts";
import { analysisRoutes } from "./telemetry/analysis-routes.ts";
import { eventRoutes } from "./telemetry/event-routes.ts";
import { logRoutes } from "./telemetry/log-routes.ts";
import { traceRoutes } from "./telemetry/trace-routes.ts";

/** A function of the domains: the views give `…/metrics` its shape. */
export function allRoutes(domains: readonly Domain[]): readonly Route[] {
  return [
    ...statusRoutes,
    ...nodeRoutes,
    ...metricsRoutes(domains.flatMap(({ views }) => views)),
    ...seriesRoutes,
    ...processRoutes,
    ...targetRoutes,
    ...programRoutes,
    ...healthRoutes,
    ...annotationRoutes,
    ...traceRoutes,
    ...analysisRoutes,
    ...logRoutes,
    ...eventRoutes,
    receivingRoute,
    forwardingRoute,
    ...liveRoutes,
    ...graphqlRoutes,
    ...prometheusRoutes,
    ...ingestRoutes,
    ...otlpRoutes,
    ...agentRoutes,
    openapiRoute,
    ...sessionRoutes,
    ...siteRoutes,
  ];
}
