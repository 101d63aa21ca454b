/** PromQL that the file systems' panels, view and checks share. */
import { labelOf, select } from "../../../core/promql-text.ts";
import { filesystemMetrics } from "./metrics.ts";

const used = select(filesystemMetrics.usage, { "system.filesystem.state": "used" });
const free = select(filesystemMetrics.usage, { "system.filesystem.state": "free" });

const acrossStates = `ignoring (${labelOf(filesystemMetrics.usage, "system.filesystem.state")})`;

/** As `df` counts: what is reserved for root is neither used nor to be had. */
export const filesystemUsage = `${used} / ${acrossStates} (${used} + ${acrossStates} ${free})`;

export const inodeUsage = `1 - ${select(filesystemMetrics.inodesFree)} / ${select(filesystemMetrics.inodes)}`;
