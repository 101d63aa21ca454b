/** PromQL that the file systems' panels, view and checks share. */
import { labelOf, select } from "../../../core/promql-text.ts";
import { filesystemMetrics } from "./metrics.ts";

const used = select(filesystemMetrics.usage, { "system.filesystem.state": "used" });
const free = select(filesystemMetrics.usage, { "system.filesystem.state": "free" });

const acrossStates = `ignoring (${labelOf(filesystemMetrics.usage, "system.filesystem.state")})`;

/** As `df` counts: what is reserved for root is neither used nor to be had. */
export const filesystemUsage = `${used} / ${acrossStates} (${used} + ${acrossStates} ${free})`;

export const inodeUsage = `1 - ${select(filesystemMetrics.inodesFree)} / ${select(filesystemMetrics.inodes)}`;

/** For `… and`: file systems that can be written. A read-only image is meant to be full. */
export const onWritable = `on (${labelOf(filesystemMetrics.usage, "system.device")}, ${labelOf(filesystemMetrics.usage, "system.filesystem.mountpoint")}) (${select(filesystemMetrics.readonly)} == 0)`;

/** Space that will be free, bytes, so many seconds from now, if it goes on as in the last six hours. */
export function freeSpaceIn(seconds: number): string {
  return `predict_linear(${free}[6h], ${seconds})`;
}
