/**
 * Run delay and context switches of the selected processes. The kernel counts them per thread, and `/proc/<pid>/{schedstat,status}`
 * show the main thread alone, so the threads are added up. A thread that ends takes its counters along: what it had is kept, so
 * that the sums never fall; what it does after the last look is lost (threads that live shorter than the interval are not seen).
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { listDirectory, readOnce } from "../../../io/proc-file.ts";
import { processThreadMetrics as metrics } from "./metrics.ts";
import type { ProcessSeriesLabels } from "./process-series.ts";
import { statusNumber } from "./process-status.ts";
import { processTableOf } from "./process-table.ts";
import { SelectedRows } from "./selected-rows.ts";

/** Threads of one process that are looked at: 2 × 15 µs each. A process with more has no thread series at all, rather than half. */
const maxThreads = 256;

export const processThreadsCollector: CollectorDeclaration = {
  id: "host.process_threads",
  title: "Scheduling of processes",
  metrics: Object.values(metrics),
  intervalMs: 10_000,
  platforms: ["linux"],
  open: openProcessThreads,
};

/** Counters of a thread: seconds ready and waiting, switches. */
interface ThreadCounters {
  readonly runDelaySeconds: number;
  readonly voluntary: number;
  readonly involuntary: number;
}

function openProcessThreads(context: CollectContext): Collector {
  const procRoot = context.config.host.proc_root;
  const rows = new SelectedRows(processTableOf(context.config), (labels) => openThreadRow(context, labels));
  return {
    collect: () => {
      let skipped = 0;
      for (const [entry, row] of rows.current()) {
        if (entry.threads > maxThreads) skipped++;
        else row.set(readThreads(`${procRoot}/${entry.pid}/task`));
      }
      if (skipped === 0) return context.present("threads");
      context.absent("threads", Object.values(metrics), {
        reason: "unsupported",
        detail: `${skipped} processes have more than ${maxThreads} threads; reading them all would disturb the machine`,
      });
    },
    close: () => rows.close(),
  };
}

function openThreadRow(context: CollectContext, labels: ProcessSeriesLabels) {
  const runDelay = context.series(metrics.runDelay, labels);
  const voluntary = context.series(metrics.contextSwitches, { ...labels, "process.context_switch.type": "voluntary" });
  const involuntary = context.series(metrics.contextSwitches, { ...labels, "process.context_switch.type": "involuntary" });
  const total = new ThreadTotal();
  return {
    handles: [runDelay, voluntary, involuntary],
    set: (threads: ReadonlyMap<string, ThreadCounters>) => {
      // The process has just ended: no thread is no zero.
      if (threads.size === 0) return;
      const sum = total.add(threads);
      runDelay.set(sum.runDelaySeconds);
      voluntary.set(sum.voluntary);
      involuntary.set(sum.involuntary);
    },
  };
}

/** Sums that do not fall when a thread ends. */
export class ThreadTotal {
  #threads: ReadonlyMap<string, ThreadCounters> = new Map();
  #ended: ThreadCounters = { runDelaySeconds: 0, voluntary: 0, involuntary: 0 };

  /** `threads` are those that live now, by thread id; the sum of all that were ever seen. */
  add(threads: ReadonlyMap<string, ThreadCounters>): ThreadCounters {
    for (const [id, before] of this.#threads) {
      const now = threads.get(id);
      // A number that counts less than before was given to another thread.
      if (now === undefined || now.voluntary < before.voluntary) this.#ended = plus(this.#ended, before);
    }
    this.#threads = threads;
    return threads.values().reduce(plus, this.#ended);
  }
}

function plus(a: ThreadCounters, b: ThreadCounters): ThreadCounters {
  return {
    runDelaySeconds: a.runDelaySeconds + b.runDelaySeconds,
    voluntary: a.voluntary + b.voluntary,
    involuntary: a.involuntary + b.involuntary,
  };
}

const cursor = new TextCursor();

/** `schedstat`: ns on a CPU, ns ready and waiting, time slices. Source: Documentation/scheduler/sched-stats.rst. */
function readThreads(path: string): Map<string, ThreadCounters> {
  const threads = new Map<string, ThreadCounters>();
  const ids = listDirectory(path);
  if ("errno" in ids) return threads;
  for (const id of ids) {
    const schedstat = readOnce(`${path}/${id}/schedstat`);
    const status = readOnce(`${path}/${id}/status`);
    if (typeof schedstat !== "string" || typeof status !== "string") continue;
    cursor.reset(schedstat).skipWord();
    threads.set(id, {
      runDelaySeconds: cursor.number() / 1e9,
      voluntary: statusNumber(status, "voluntary_ctxt_switches"),
      involuntary: statusNumber(status, "nonvoluntary_ctxt_switches"),
    });
  }
  return threads;
}
