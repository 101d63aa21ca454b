/** The section `telemetry` of the configuration: how much is kept of spans, log records, exemplars and events. */
import { z } from "zod";
import { ratio } from "./config-shapes.ts";

/** 16 files of 1 MiB at the least: of less, retention would delete what has just come in. */
const bytesLeast = 16_777_216;

/** Of what is kept in files of its own, oldest first out. */
const bounds = (what: string, maxBytes: number, maxAgeDays: number) => ({
  max_bytes: z
    .int()
    .min(bytesLeast)
    .default(maxBytes)
    .meta({ description: `Oldest ${what} go first beyond this.` }),
  max_age_days: z
    .number()
    .positive()
    .max(3650)
    .default(maxAgeDays)
    .meta({ description: `Age at which ${what} are deleted.` }),
});

export const telemetrySchema = z
  .strictObject({
    traces: z
      .strictObject({
        ...bounds("spans", 1_073_741_824, 7),
        sample_ratio: ratio.default(1).meta({
          description:
            "Share of the traces that is kept of what comes by OTLP, chosen by their ids: the same ones on every node.",
        }),
      })
      .prefault({}),
    logs: z.strictObject(bounds("log records", 1_073_741_824, 7)).prefault({}),
    exemplars: z
      .strictObject({
        max: z
          .int()
          .min(1000)
          .max(10_000_000)
          .default(100_000)
          .meta({ description: "Exemplars that are kept; oldest go first." }),
      })
      .prefault({}),
    events: z
      .strictObject({
        max_bytes: z
          .int()
          .min(1_048_576)
          .default(134_217_728)
          .meta({ description: "Oldest events (blocks, missed duties) go first beyond this." }),
      })
      .prefault({}),
  })
  .prefault({});

export type TelemetryLimits = z.infer<typeof telemetrySchema>;
