/**
 * `/proc/diskstats`: what each block device did. Source: Documentation/admin-guide/iostats.rst. Sectors are 512 bytes whatever the
 * device's own are; times are in milliseconds.
 */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { openSource } from "../source.ts";
import { isShownDevice } from "./device-name.ts";
import { diskMetrics as metrics } from "./metrics.ts";

const sectorsPerByte = 1 / 512;
const millisecondsPerSecond = 1000;

/** Devices that are followed: a storage server can have hundreds of multipath names. */
const maxDevices = 128;

export const diskstatsCollector: CollectorDeclaration = {
  id: "host.disk",
  title: "Block devices",
  metrics: Object.values(metrics),
  platforms: ["linux"],
  open: openDiskstats,
};

interface DeviceRow {
  readonly handles: readonly SeriesHandle[];
  readonly shown: boolean;
  /** One per column, in the file's order: series and what to divide by (a product with 1/1000 would not be the nearest float). */
  readonly columns: readonly (readonly [SeriesHandle, number])[];
}

function openDiskstats(context: CollectContext): Collector {
  const path = `${context.config.host.proc_root}/diskstats`;
  const source = openSource(context, path, Object.values(metrics));
  const cursor = new TextCursor();
  // Devices that are not shown have a row too: the decision is made once.
  const rows = new HandleTable<string, DeviceRow>((name) => openDevice(context, name));
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      let shown = 0;
      for (cursor.reset(text); !cursor.done; cursor.nextLine()) {
        // Major and minor number.
        cursor.skipWord();
        cursor.skipWord();
        const row = rows.row(cursor.word());
        if (!row.shown || shown++ >= maxDevices) continue;
        // Kernels before 4.18 end before the discards, before 5.5 before the flushes: NaN, no sample.
        for (const [handle, divisor] of row.columns) setIfNumber(handle, cursor.number() / divisor);
      }
      rows.sweep();
      if (shown <= maxDevices) return context.present("devices");
      context.absent("devices", Object.values(metrics), {
        reason: "unsupported",
        detail: `${shown - maxDevices} of ${shown} devices in ${path} are beyond the number that is followed`,
      });
    },
    close: () => source.close(),
  };
}

function openDevice(context: CollectContext, name: string): DeviceRow {
  if (!isShownDevice(name)) return { handles: [], shown: false, columns: [] };
  const labels = { "system.device": cleanText(name) };
  const read = { ...labels, "disk.io.direction": "read" } as const;
  const write = { ...labels, "disk.io.direction": "write" } as const;
  const columns = [
    [context.series(metrics.operations, read), 1],
    [context.series(metrics.merged, read), 1],
    [context.series(metrics.io, read), sectorsPerByte],
    [context.series(metrics.operationTime, read), millisecondsPerSecond],
    [context.series(metrics.operations, write), 1],
    [context.series(metrics.merged, write), 1],
    [context.series(metrics.io, write), sectorsPerByte],
    [context.series(metrics.operationTime, write), millisecondsPerSecond],
    [context.series(metrics.inFlight, labels), 1],
    [context.series(metrics.ioTime, labels), millisecondsPerSecond],
    [context.series(metrics.weightedIoTime, labels), millisecondsPerSecond],
    [context.series(metrics.discardOperations, labels), 1],
    [context.series(metrics.discardMerged, labels), 1],
    [context.series(metrics.discardIo, labels), sectorsPerByte],
    [context.series(metrics.discardTime, labels), millisecondsPerSecond],
    [context.series(metrics.flushOperations, labels), 1],
    [context.series(metrics.flushTime, labels), millisecondsPerSecond],
  ] as const;
  return { handles: columns.map(([handle]) => handle), shown: true, columns };
}
