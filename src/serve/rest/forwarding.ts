/** Where samples are sent on to, how far that has come, and why it has not. */
import { z } from "zod";
import { destinationKinds } from "../../core/forward.ts";
import { defineRoute, type Route } from "../http/route.ts";

const destination = z.object({
  id: z.string(),
  kind: z.enum(destinationKinds),
  /** Without secrets. */
  address: z.string(),
  sent: z.number(),
  refused: z.number(),
  leftOut: z.number(),
  damaged: z.number(),
  dropped: z.number(),
  retries: z.number(),
  pendingSamples: z.number(),
  pendingBytes: z.number(),
  /** Everything from before this time is settled; `null` where nothing waits. */
  pendingSinceMs: z.number().nullable(),
  /** Time of the newest sample that was acknowledged. */
  newestMs: z.number().nullable(),
  failing: z.string().nullable(),
  refusal: z.string().nullable(),
  /** Of spans; `null` where it gets none. */
  spans: z.object({ sent: z.number(), refused: z.number(), leftOut: z.number(), skippedFiles: z.number() }).nullable(),
});

const queue = z.object({ bytes: z.number(), maxBytes: z.number(), maxAgeMs: z.number(), unsent: z.number() });

export const forwardingRoute: Route = defineRoute({
  method: "GET",
  path: "/api/v1/performance/forwarding",
  access: "read",
  tag: "This server",
  summary:
    "Where samples are sent on to: what waits, what was sent, refused and dropped, and why. No queue: nothing is sent on.",
  answer: { status: 200, schema: z.object({ queue: queue.nullable(), destinations: z.array(destination) }) },
  async handle({ services, ticks }) {
    const { forward } = await ticks.collectStatus();
    if (forward === null) return { queue: null, destinations: [] };
    const { max_bytes: maxBytes, max_hours: maxHours } = services.config().forwarding;
    const { bytes, unsent } = forward;
    return {
      queue: { bytes, maxBytes, maxAgeMs: maxHours * 3_600_000, unsent },
      destinations: forward.destinations.map(({ samplesRead: _, ...facts }) => facts),
    };
  },
});
