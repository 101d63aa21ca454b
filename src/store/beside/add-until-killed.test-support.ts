/**
 * A process that stores spans, log records, exemplars and events until somebody kills it, and says the number of each batch that was
 * acknowledged. Argument: the data directory.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../../core/clock.ts";
import { telemetrySchema } from "../../core/config-telemetry.ts";
import { quietLogger } from "../ticks.test-support.ts";
import { openTelemetryStore } from "./telemetry-store.ts";
import { batchOf } from "./telemetry.test-support.ts";

const [, , dataDir] = process.argv;
if (dataDir === undefined) throw new Error("usage: add-until-killed DATA_DIR");
const store = openTelemetryStore({ dataDir, clock: systemClock, logger: quietLogger, limits: telemetrySchema.parse({}) });

for (let batch = 0; ; batch++) {
  const { spans, records, exemplars, events } = batchOf(batch);
  store.addSpans(spans);
  store.addLogs(records);
  store.addExemplars(exemplars);
  store.addEvents(events);
  writeSync(1, `${batch}\n`);
}
