/** Counts of the ways in; the intake and the main thread keep them in shared memory. A door has series once something has come to it. */
import type { CollectorDeclaration } from "../../../core/collector.ts";
import { createWrite } from "../create-write.ts";
import { intakeMetrics as m } from "./metrics.ts";

const intervalMs = 5000;

export const intakeCollector: CollectorDeclaration = {
  id: "self.intake",
  title: "What others send here",
  metrics: Object.values(m),
  intervalMs,
  open(context) {
    const write = createWrite(context);
    return {
      collect() {
        const { doors, inFlightBytes, seriesHeld, besideBytes, besideFailed } = context.runtime.intake();
        for (const { door, requests, bytes, received, refused } of doors) {
          for (const [outcome, count] of requests) write(m.requests, { door, outcome }, count);
          write(m.bodies, { door }, bytes);
          for (const [kind, count] of received) if (count > 0) write(m.received, { door, kind }, count);
          // The zeros too: a counter that begins with its first refusals has not increased.
          for (const [reason, count] of refused) write(m.refused, { door, reason }, count);
        }
        // A node that receives nothing has none of these.
        if (doors.length === 0) return;
        write(m.inFlight, {}, inFlightBytes);
        write(m.seriesHeld, {}, seriesHeld);
        for (const [kind, size] of besideBytes) if (size > 0) write(m.besideSize, { kind }, size);
        write(m.besideFailed, {}, besideFailed);
      },
    };
  },
};
