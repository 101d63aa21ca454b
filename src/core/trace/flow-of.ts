/** What a trace says of a transaction or a block, if it is of one. */
import type { Span } from "../span.ts";
import { blockFlow } from "./block-flow.ts";
import type { Flow } from "./flow.ts";
import type { FlowOptions } from "./flow-parts.ts";
import { transactionFlow } from "./transaction-flow.ts";

/** `spans`: all of one trace, in any order. `null` where ChainPulse has observed neither in it, or at no place with a believable clock. */
export function flowOf(spans: readonly Span[], options: FlowOptions): Flow | null {
  return transactionFlow(spans, options) ?? blockFlow(spans, options);
}
