/** What comes in through the doors since the start, and why some of it did not. */
import { z } from "zod";
import { readIntake } from "../../collect/intake/intake-table.ts";
import { doorNames } from "../../core/intake.ts";
import { defineRoute, type Route } from "../http/route.ts";

const counts = z.record(z.string(), z.number());

const door = z
  .object({
    door: z.enum(doorNames),
    requests: counts.meta({ description: "By how they ended." }),
    bytes: z.number().meta({ description: "Of bodies as they came, compressed where they were." }),
    received: counts.meta({ description: "By what it was." }),
    refused: counts.meta({ description: "What was left out of what was stored, by why." }),
  })
  .meta({ id: "Door", description: "One way in; counters count since the start of the process." });

export const receivingRoute: Route = defineRoute({
  method: "GET",
  path: "/api/v1/performance/receiving",
  access: "read",
  tag: "This server",
  summary: "What others send here and what is scraped, by door: requests, what they brought, and what was refused and why.",
  answer: {
    status: 200,
    schema: z.object({
      timestampMs: z.number().meta({ description: "When the counters were read." }),
      doors: z.array(door).meta({ description: "Those that something has come to." }),
      inFlightBytes: z.number(),
      seriesHeld: z.number().meta({ description: "Series that senders write." }),
      besideBytes: counts.meta({ description: "On the disk: traces, logs, exemplars, metadata, events." }),
      besideFailed: z.number(),
    }),
  },
  handle({ services }) {
    const { doors, besideBytes, ...rest } = readIntake(services.intakeTable);
    return {
      timestampMs: services.clock.nowMs(),
      doors: doors.map(({ door: name, requests, bytes, received, refused }) => ({
        door: name,
        requests: Object.fromEntries(requests),
        bytes,
        received: Object.fromEntries(received),
        refused: Object.fromEntries(refused),
      })),
      besideBytes: Object.fromEntries(besideBytes),
      ...rest,
    };
  },
});
