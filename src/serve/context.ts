/** What the handlers of routes work with: made once by `server.ts`, handed to each handler. */
import type { Access } from "./auth/access.ts";
import type { FastifyRequest } from "fastify";
import type { FleetReader } from "./fleet/fleet-figures.ts";
import type { LiveHub } from "./live/hub.ts";
import type { Services } from "./services.ts";
import type { TickValues } from "./views/tick-values.ts";
import type { ViewPlan } from "./views/view-plan.ts";
import type { WebFiles } from "./http/web-files.ts";

/** One per server. */
export interface ServeContext {
  readonly services: Services;
  readonly access: Access;
  readonly ticks: TickValues;
  readonly plan: ViewPlan;
  readonly fleet: FleetReader;
  readonly live: LiveHub;
  readonly webFiles: WebFiles;
  /** Aborted when the server closes: whatever would stream on ends. */
  readonly closing: AbortSignal;
  /** The document of the whole API; a function, because the route that serves it is part of it. */
  readonly openApi: () => Promise<object>;
  /** Throws `TOO_MANY_REQUESTS` when an address tries to log in too often. */
  readonly allowLogin: (request: FastifyRequest) => Promise<void>;
}
