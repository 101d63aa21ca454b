/** Lets things go wrong on the demo's chains, one after the other, each from its beginning to its end. */
import { passes } from "./arrivals.ts";
import type { Fault } from "./demo-node.ts";

export interface FaultOptions {
  readonly faults: readonly Fault[];
  /** From the end of one to the beginning of the next, and before the first. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** Called with a line when one begins, and when one could not be done. */
  readonly tell: (line: string) => void;
}

/** Round and round until `signal`; one that has begun is made good before this resolves. */
export async function runFaults({ faults, everyMs, signal, tell }: FaultOptions): Promise<void> {
  for (let index = 0; await passes(everyMs, signal); index++) {
    const fault = faults[index % faults.length];
    if (fault === undefined) return;
    tell(`fault: ${fault.title}`);
    try {
      await fault.run(signal);
    } catch (error) {
      // The node may have ended, or we are about to: the next one is not spoiled by it.
      if (!signal.aborted) tell(`that could not be done: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
