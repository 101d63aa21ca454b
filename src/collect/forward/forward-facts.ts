/** What is told of the ways out: what the queue knows in the data thread, and the forward thread of its destinations. */
import type { DestinationFacts, ForwardFacts } from "../../core/forward.ts";
import type { OutletStats } from "../../store/outbox/outlet.ts";

/** `null` while nothing is sent on. */
export function forwardFactsOf(queue: OutletStats | null, destinations: readonly DestinationFacts[]): ForwardFacts | null {
  if (queue === null) return null;
  return {
    bytes: queue.bytes,
    unsent: queue.unsent,
    destinations: destinations.map((facts) => ({
      ...facts,
      // What it tells is a second old at most.
      pendingSamples: Math.max(0, queue.samples - facts.samplesRead),
      dropped: queue.losses.get(facts.id)?.samples ?? 0,
    })),
  };
}
