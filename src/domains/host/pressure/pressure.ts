/** `/proc/pressure/{cpu,memory,io,irq}`. Needs CONFIG_PSI, on some distributions `psi=1` at boot. */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { openSource } from "../source.ts";
import { pressureMetrics } from "./metrics.ts";
import { pressureSeconds } from "./parse-pressure.ts";

const metrics = [pressureMetrics.pressure] as const;

export const pressureCollector: CollectorDeclaration = {
  id: "host.pressure",
  title: "Pressure stalls",
  metrics,
  platforms: ["linux"],
  open: (context) => openPressure(context),
};

function openPressure(context: CollectContext): Collector {
  const cursor = new TextCursor();
  const resources = pressureMetrics.pressure.labels.resource.map((resource) => {
    const handles = new Map<"some" | "full", SeriesHandle>();
    const handleOf = (stall: "some" | "full"): SeriesHandle => {
      const handle = handles.get(stall) ?? context.series(pressureMetrics.pressure, { resource, stall });
      handles.set(stall, handle);
      return handle;
    };
    return { source: openSource(context, `${context.config.host.proc_root}/pressure/${resource}`, metrics), handleOf };
  });
  return {
    collect: () => {
      for (const { source, handleOf } of resources) {
        const text = source.read();
        if (text === null) continue;
        for (const stall of pressureMetrics.pressure.labels.stall) {
          // Interrupts have only `full`, and `cpu` had only `some` before Linux 5.13.
          const seconds = pressureSeconds(cursor, text, stall);
          if (!Number.isNaN(seconds)) handleOf(stall).set(seconds);
        }
      }
    },
    close: () => {
      for (const { source } of resources) source.close();
    },
  };
}
