/** Uptime, time, time zone and clock sources. Sources: Documentation/filesystems/proc.rst (`uptime`); Documentation/timers/timekeeping.rst. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { systemMetrics } from "./metrics.ts";

const millisecondsPerSecond = 1000;
const secondsPerMinute = 60;

export const uptimeCollector: CollectorDeclaration = {
  id: "host.uptime",
  title: "Uptime and time",
  metrics: [systemMetrics.uptime, systemMetrics.time],
  platforms: ["linux"],
  open: (context) => {
    const source = openSource(context, `${context.config.host.proc_root}/uptime`, [systemMetrics.uptime]);
    const uptime = context.series(systemMetrics.uptime, {});
    const time = context.series(systemMetrics.time, {});
    const cursor = new TextCursor();
    return {
      collect: (tick) => {
        time.set(tick.timestampMs / millisecondsPerSecond);
        const text = source.read();
        if (text !== null) setIfNumber(uptime, cursor.reset(text).number());
      },
      close: () => source.close(),
    };
  },
};

const slowMetrics = [
  systemMetrics.timeZoneOffset,
  systemMetrics.clockSourceAvailable,
  systemMetrics.clockSourceCurrent,
] as const;

export const timeSettingsCollector: CollectorDeclaration = {
  id: "host.time_settings",
  title: "Time zone and clock sources",
  metrics: slowMetrics,
  intervalMs: 60_000,
  platforms: ["linux"],
  open: (context) => openTimeSettings(context),
};

function openTimeSettings(context: CollectContext): Collector {
  const base = `${context.config.host.sys_root}/devices/system/clocksource/clocksource0`;
  const available = openNames(context, `${base}/available_clocksource`, systemMetrics.clockSourceAvailable);
  const current = openNames(context, `${base}/current_clocksource`, systemMetrics.clockSourceCurrent);
  const zones = new HandleTable<string>((zone) => ({
    handles: [context.series(systemMetrics.timeZoneOffset, { time_zone: zone })],
  }));
  return {
    collect: ({ timestampMs }) => {
      // The offset changes with summer time, so that it is asked of the tick's moment.
      const offset = -new Date(timestampMs).getTimezoneOffset() * secondsPerMinute;
      zones.row(Intl.DateTimeFormat().resolvedOptions().timeZone).handles[0]?.set(offset);
      zones.sweep();
      available.collect();
      current.collect();
    },
    close: () => {
      available.close();
      current.close();
    },
  };
}

/** A file of names in a line; each becomes a series with the value 1. */
function openNames(
  context: CollectContext,
  path: string,
  metric: typeof systemMetrics.clockSourceAvailable,
): { collect(): void; close(): void } {
  const source = openSource(context, path, [metric]);
  const table = new HandleTable<string>((clocksource) => ({ handles: [context.series(metric, { device: "0", clocksource })] }));
  const cursor = new TextCursor();
  return {
    collect: () => {
      cursor.reset(source.read() ?? "");
      for (let name = cursor.word(); name !== ""; name = cursor.word()) table.row(name).handles[0]?.set(1);
      table.sweep();
    },
    close: () => source.close(),
  };
}
