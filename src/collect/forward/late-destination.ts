/**
 * A destination whose making may fail for a while: a certificate's file that is not there yet, a disk without room. Until it is made it takes
 * nothing, so that it is to everybody else like one that is away: its place in the queue is kept, what is in the way is told, and it is
 * tried again with the loop's pauses. Others are not held up.
 */
import type { DestinationFacts } from "../../core/forward.ts";
import type { Destination } from "./destination.ts";
import type { DestinationOptions, DestinationPlan } from "./destinations.ts";

/** How much is read from the queue to be tried again with: as much as a usual request has. What is too much for one is sent in several. */
const maxSamples = 5000;

/** `facts`: as for the plan's `make`. Resolves after the first try, whatever comes of it; never rejects. */
export async function openLateDestination(
  plan: DestinationPlan,
  options: DestinationOptions,
  facts: () => DestinationFacts | null,
): Promise<Destination> {
  let made: Destination | null = null;
  /** What was in the way the last time. */
  let problem = "";
  const make = async (): Promise<Destination | null> => {
    try {
      made ??= await plan.make(options, facts);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    return made;
  };
  await make();
  return {
    id: plan.id,
    address: plan.address,
    get maxSamples() {
      return made?.maxSamples ?? maxSamples;
    },
    async send(records, labelsOf, signal) {
      const destination = made ?? (await make());
      return destination === null ? { kind: "retry", message: problem } : destination.send(records, labelsOf, signal);
    },
    spans: () => made?.spans?.() ?? null,
    close: () => made?.close(),
  };
}
