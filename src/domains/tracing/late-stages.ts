/** Stages that may come after a flow has been told as ended: each is told by its own span. */
import { flowSpans } from "../../core/flow-names.ts";
import type { FlowStage } from "../../core/trace/flow.ts";

/** By the span's name. */
export const lateStages: ReadonlyMap<string, FlowStage> = new Map([
  [flowSpans.confirm, "confirm"],
  [flowSpans.finalize, "finalize"],
  [flowSpans.blockAttest, "attest"],
  [flowSpans.blockJustify, "justify"],
  [flowSpans.blockFinalize, "finalize"],
]);
