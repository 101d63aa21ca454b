/**
 * Each thread's own figures in shared memory: the thread writes its row once a second, the data thread reads all rows.
 * No message is sent for it, so a thread that hangs still shows its last figures and costs nobody a time-out.
 *
 *   row i = thread i of `threadNames`
 *   +-------+----------+------------+-------------+-----------+------------+------------+----------+---------+------------+
 *   | alive | cpu user | cpu system | loop active | heap used | heap total | heap limit | external | gc runs | gc seconds |
 *   +-------+----------+------------+-------------+-----------+------------+------------+----------+---------+------------+
 */
import { PerformanceObserver, performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { type ThreadFacts, type ThreadName, threadNames } from "../core/runtime.ts";

const rowLength = 10;

export type ThreadTable = Float64Array<SharedArrayBuffer>;

export function createThreadTable(): ThreadTable {
  return new Float64Array(new SharedArrayBuffer(threadNames.length * rowLength * Float64Array.BYTES_PER_ELEMENT));
}

/** Begins to publish this thread's row; the returned function writes a last time and marks the row dead. */
export function publishThread(table: ThreadTable, thread: ThreadName, intervalMs = 1000): () => void {
  const row = table.subarray(threadNames.indexOf(thread) * rowLength, (threadNames.indexOf(thread) + 1) * rowLength);
  let gcRuns = 0;
  let gcMs = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      gcRuns++;
      gcMs += entry.duration;
    }
  });
  observer.observe({ entryTypes: ["gc"] });

  const write = (): void => {
    const cpu = process.threadCpuUsage();
    const heap = getHeapStatistics();
    row[0] = 1;
    row[1] = cpu.user / 1e6;
    row[2] = cpu.system / 1e6;
    row[3] = performance.eventLoopUtilization().active / 1e3;
    row[4] = heap.used_heap_size;
    row[5] = heap.total_heap_size;
    row[6] = heap.heap_size_limit;
    row[7] = heap.external_memory;
    row[8] = gcRuns;
    row[9] = gcMs / 1e3;
  };
  write();
  const timer = setInterval(write, intervalMs).unref();
  return () => {
    clearInterval(timer);
    observer.disconnect();
    row[0] = 0;
  };
}

/** Marks a thread's row dead for it: a terminated worker cannot do so itself. */
export function markThreadEnded(table: ThreadTable, thread: ThreadName): void {
  table[threadNames.indexOf(thread) * rowLength] = 0;
}

export function readThreads(table: ThreadTable): readonly ThreadFacts[] {
  return threadNames.flatMap((thread, index) => {
    const field = (offset: number): number => table[index * rowLength + offset] ?? 0;
    if (field(0) === 0) return [];
    return [
      {
        thread,
        cpuUserSeconds: field(1),
        cpuSystemSeconds: field(2),
        loopActiveSeconds: field(3),
        heapUsedBytes: field(4),
        heapTotalBytes: field(5),
        heapLimitBytes: field(6),
        externalBytes: field(7),
        gcRuns: field(8),
        gcSeconds: field(9),
      },
    ];
  });
}
