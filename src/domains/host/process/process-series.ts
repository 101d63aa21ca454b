/** The series that one selected process has at every tick: made when it is selected, released when it ends or loses its seat. */
import type { CollectContext, SeriesHandle } from "../../../core/collector.ts";
import type { ProcessConstants } from "../../../io/process-constants.ts";
import type { ProcessFiles } from "../../../io/process-files.ts";
import type { ReadFailure } from "../../../io/proc-file.ts";
import type { ProcessIdentity } from "../names/process-identity.ts";
import { processMetrics as metrics, processStates } from "./metrics.ts";
import { parseProcessIo } from "./process-io.ts";
import { processName } from "./process-name.ts";
import type { ProcessEntry } from "./process-table.ts";

export type ProcessSeriesLabels = ProcessIdentity & {
  readonly "process.pid": string;
  readonly "process.executable.name": string;
};

/** The labels of a process; its name is the one it had when it was selected. */
export function labelsOf(entry: ProcessEntry, identity: ProcessIdentity): ProcessSeriesLabels {
  return { "process.pid": String(entry.pid), "process.executable.name": processName(entry), ...identity };
}

export interface SeriesUnits extends ProcessConstants {
  /** Seconds since the epoch; `null` when `/proc/stat` does not say. */
  readonly bootSeconds: number | null;
  /** False when the kernel does not count the waiting for block devices. */
  readonly countsIoDelay: boolean;
}

/** How one process's figures are written. */
export interface ProcessSeries {
  /** The name at selection: a process that has renamed itself needs new series. */
  readonly rawName: string;
  write(entry: ProcessEntry): void;
  /** Why the I/O counters cannot be read, if so. */
  readonly ioFailure: ReadFailure | null;
  release(): void;
}

export interface ProcessSeriesMaker {
  readonly context: CollectContext;
  readonly files: ProcessFiles;
  readonly units: SeriesUnits;
  readonly procRoot: string;
}

export function openProcessSeries(maker: ProcessSeriesMaker, entry: ProcessEntry, identity: ProcessIdentity): ProcessSeries {
  const { context, units } = maker;
  const labels = labelsOf(entry, identity);
  const handles: SeriesHandle[] = [];
  const keep = (handle: SeriesHandle): SeriesHandle => {
    handles.push(handle);
    return handle;
  };

  const cpuUser = keep(context.series(metrics.cpuTime, { ...labels, "cpu.mode": "user" }));
  const cpuSystem = keep(context.series(metrics.cpuTime, { ...labels, "cpu.mode": "system" }));
  const memoryUsage = keep(context.series(metrics.memoryUsage, labels));
  const memoryVirtual = keep(context.series(metrics.memoryVirtual, labels));
  const threadCount = keep(context.series(metrics.threadCount, labels));
  const minorFaults = keep(context.series(metrics.pagingFaults, { ...labels, "process.paging.fault_type": "minor" }));
  const majorFaults = keep(context.series(metrics.pagingFaults, { ...labels, "process.paging.fault_type": "major" }));
  const state = keep(context.series(metrics.state, labels));
  const lastCpu = keep(context.series(metrics.lastCpu, labels));
  const migrations = keep(context.series(metrics.migrations, labels));
  const ioDelay = units.countsIoDelay ? keep(context.series(metrics.ioDelay, labels)) : null;
  const startTime = units.bootSeconds === null ? null : keep(context.series(metrics.startTime, labels));
  const io = openIo(maker, entry, labels, keep);

  return {
    rawName: entry.name,
    ioFailure: io.failure,
    write: () => {
      cpuUser.set(entry.userTicks / units.ticksPerSecond);
      cpuSystem.set(entry.systemTicks / units.ticksPerSecond);
      memoryUsage.set(entry.residentPages * units.pageBytes);
      memoryVirtual.set(entry.virtualBytes);
      threadCount.set(entry.threads);
      minorFaults.set(entry.minorFaults);
      majorFaults.set(entry.majorFaults);
      state.set(processStates.indexOf(entry.state));
      lastCpu.set(entry.lastCpu);
      migrations.set(entry.migrations);
      ioDelay?.set(entry.ioDelayTicks / units.ticksPerSecond);
      startTime?.set((units.bootSeconds ?? 0) + entry.startTicks / units.ticksPerSecond);
      io.write();
    },
    release: () => {
      io.close();
      for (const handle of handles) handle.release();
    },
  };
}

/** `/proc/<pid>/io` can be opened by many, but read with the process's own user or CAP_SYS_PTRACE only: else there are no I/O series. */
function openIo(
  { context, files, procRoot }: ProcessSeriesMaker,
  entry: ProcessEntry,
  labels: ProcessSeriesLabels,
  keep: (handle: SeriesHandle) => SeriesHandle,
): { readonly failure: ReadFailure | null; write(): void; close(): void } {
  const refused = (failure: ReadFailure) => ({ failure, write: () => undefined, close: () => undefined });
  const file = files.open(`${procRoot}/${entry.pid}/io`);
  if ("errno" in file) return refused(file);
  const firstLength = files.read(file);
  if (typeof firstLength !== "number") {
    files.close(file);
    return refused(firstLength);
  }
  const read = keep(context.series(metrics.diskIo, { ...labels, "disk.io.direction": "read" }));
  const written = keep(context.series(metrics.diskIo, { ...labels, "disk.io.direction": "write" }));
  return {
    failure: null,
    write: () => {
      const length = files.read(file);
      const io = typeof length === "number" ? parseProcessIo(files.bytes, length) : null;
      if (io === null) return;
      read.set(io.readBytes);
      written.set(io.writtenBytes);
    },
    close: () => files.close(file),
  };
}
