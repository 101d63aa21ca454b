/** PromQL that the memory's panels, view and checks share. */
import { labelOf, select } from "../../../core/promql-text.ts";
import { memoryMetrics as m } from "./metrics.ts";

/** Share of memory that programs cannot have without swapping, 0–1: 1 − available ÷ total. */
export const memoryUsage = `1 - ${select(m.memoryAvailable)} / ${select(m.memoryLimit)}`;

const state = labelOf(m.swapUsage, "system.paging.state");

/** Share of the swap space in use, 0–1; nothing on machines without swap. */
export const swapUsage = `sum without (${state}) (${select(m.swapUsage, { "system.paging.state": "used" })}) / sum without (${state}) (${select(m.swapUsage)})`;
