/** The query API of the engine that the configuration names; one per thread that asks it. */
import { systemClock } from "../../core/clock.ts";
import type { EngineConfig } from "../../core/config-forward.ts";
import { openEngineClient } from "../../store/remote/engine-client.ts";
import { type ShownTime, shownMs } from "../../store/remote/shown-time.ts";
import { readAnnotations } from "../../store/state/annotations.ts";
import type { LaterApi, QueryApi } from "../api.ts";
import { createPushdownService } from "./pushdown-service.ts";

export interface OpenPushdownOptions {
  readonly engine: EngineConfig;
  readonly dataDir: string;
  readonly shown: ShownTime;
}

export function openPushdown({ engine, dataDir, shown }: OpenPushdownOptions): LaterApi<QueryApi> {
  return createPushdownService({
    engine: openEngineClient(engine),
    clock: systemClock,
    newestMs: () => shownMs(shown),
    annotations: (startMs, endMs) => readAnnotations(dataDir, startMs, endMs),
  });
}
