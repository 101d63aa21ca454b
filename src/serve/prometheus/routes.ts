/** The routes of the Prometheus HTTP API and of the exposition. */
import type { Route } from "../http/route.ts";
import { exemplarRoutes } from "./exemplar-routes.ts";
import { expositionRoute } from "./exposition-route.ts";
import { federateRoute } from "./federate-route.ts";
import { languageRoutes } from "./language-routes.ts";
import { metadataRoute } from "./metadata-route.ts";
import { queryRoutes } from "./query-routes.ts";
import { ruleRoutes } from "./rule-routes.ts";
import { seriesRoutes } from "./series-routes.ts";
import { statusRoutes } from "./status-routes.ts";
import { targetRoutes } from "./target-route.ts";
import { tsdbStatusRoute } from "./tsdb-status-route.ts";

export const prometheusRoutes: readonly Route[] = [
  ...queryRoutes,
  ...exemplarRoutes,
  ...languageRoutes,
  ...seriesRoutes,
  metadataRoute,
  ...statusRoutes,
  tsdbStatusRoute,
  ...targetRoutes,
  ...ruleRoutes,
  expositionRoute,
  federateRoute,
];
