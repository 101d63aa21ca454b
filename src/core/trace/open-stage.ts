/** What a node waits with still, as far as it has told. */
import type { PlaceFlow, PlaceStage } from "./flow.ts";

/**
 * The stage that goes on at a place; `null` where nothing does. Its end is when it was last seen so: nodes tell of changes, not of waiting. What
 * lies between that and now is waiting, too, unless the node has fallen silent.
 */
export function openStage({ status, stages }: Pick<PlaceFlow, "status" | "stages">): PlaceStage | null {
  if (status !== "pending" && status !== "reorged") return null;
  return stages.findLast(({ stage }) => stage === "mempool" || stage === "queued") ?? null;
}
