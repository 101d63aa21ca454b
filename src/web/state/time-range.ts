/** The one time range of the page: in the address, so that reload, back button and a shared link show the same window. */
import { computed } from "@preact/signals";
import { parseRange, presets, rangeParams, type TimeRange } from "./range.ts";
import { address, setParams } from "./router.ts";

const defaultRange: TimeRange = { kind: "last", spanMs: presets[0].spanMs };

/** The range in the address; the default where it says none, or nonsense. */
export const timeRange = computed<TimeRange>(() => parseRange(address.value.params) ?? defaultRange);

/** Writes a range into the address; every chart follows. */
export function setRange(range: TimeRange): void {
  setParams(rangeParams(range));
}
