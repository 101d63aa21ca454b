/** PromQL that panels, the view and checks share about heat. */
import { perSecond } from "../../../core/promql-text.ts";
import { thermalMetrics } from "./metrics.ts";

/** Share of time that each processor package was slowed down by heat, 0–1. */
export const throttledShare = perSecond(thermalMetrics.packageThrottleTime);
