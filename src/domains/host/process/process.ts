/**
 * Processes at every tick: all are looked at, those that matter have series of their own, the rest is one, and every one counts for
 * its application.
 */
import type { CollectContext, Collector, CollectorDeclaration, Tick } from "../../../core/collector.ts";
import { readProcessConstants } from "../../../io/process-constants.ts";
import { createProcessFiles } from "../../../io/process-files.ts";
import { readOnce } from "../../../io/proc-file.ts";
import { type ProcessIdentities, openProcessIdentities } from "../names/process-identity.ts";
import { processGroupMetrics, processMetrics } from "./metrics.ts";
import { ProcessGroups } from "./process-groups.ts";
import { processName } from "./process-name.ts";
import { type ProcessSeries, type ProcessSeriesMaker, openProcessSeries } from "./process-series.ts";
import { type ProcessEntry, type ProcessTable, processTableOf } from "./process-table.ts";
import { ProcessTotals } from "./process-totals.ts";
import { selectTop } from "./select-top.ts";

/** Seats are given anew this often. */
const choiceIntervalSeconds = 5;
/** A process has series of its own from this age on. On a machine that compiles or tests, most processes never reach it. */
const minAgeSeconds = 10;

/** Processes that one name in `host.processes.watch` may bring in. */
const maxWatched = 256;

/** An idle kernel thread has nothing to show: it needs this share of a core to be a candidate. */
const kernelThreadMinShare = 0.005;

const metrics = [...Object.values(processMetrics), ...Object.values(processGroupMetrics)];

export const processCollector: CollectorDeclaration = {
  id: "host.process",
  title: "Processes",
  metrics,
  platforms: ["linux"],
  open: (context) => new ProcessCollector(context),
};

class ProcessCollector implements Collector {
  readonly #context: CollectContext;
  readonly #table: ProcessTable;
  readonly #maker: ProcessSeriesMaker;
  readonly #groups: ProcessGroups;
  readonly #totals: ProcessTotals;
  readonly #identities: ProcessIdentities;
  readonly #memoryBytes: number;
  readonly #series = new Map<ProcessEntry, ProcessSeries>();
  #secondsSinceChoice = Number.POSITIVE_INFINITY;

  constructor(context: CollectContext) {
    const procRoot = context.config.host.proc_root;
    this.#context = context;
    this.#table = processTableOf(context.config);
    this.#identities = openProcessIdentities(procRoot);
    this.#memoryBytes = memoryBytes(procRoot);
    const units = { ...readProcessConstants(), bootSeconds: readBootSeconds(procRoot), countsIoDelay: countsIoDelay(context) };
    this.#maker = { context, files: createProcessFiles(), units, procRoot };
    this.#groups = new ProcessGroups(context, { ...units, memoryBytes: this.#memoryBytes });
    this.#totals = new ProcessTotals(context, units);
  }

  collect(tick: Tick): void {
    const table = this.#table;
    const ended = table.look(tick.elapsedSeconds, this.#maker.units.ticksPerSecond);
    if ("errno" in ended) {
      this.#context.absent("list", metrics, ended);
      return;
    }
    this.#context.present("list");
    this.#reportHidden();
    for (const entry of ended) this.#release(entry);
    const unseenTicks = this.#groups.add(table.entries.values(), ended);
    this.#totals.add(table, unseenTicks);
    this.#secondsSinceChoice += tick.elapsedSeconds ?? 0;
    if (this.#secondsSinceChoice >= choiceIntervalSeconds) this.#choose(tick.timestampMs / 1000);
    this.#groups.write();
    this.#totals.write(table);
    for (const [entry, series] of this.#series) series.write(entry);
  }

  close(): void {
    for (const entry of this.#series.keys()) this.#release(entry);
    this.#table.close();
  }

  #choose(nowSeconds: number): void {
    this.#secondsSinceChoice = 0;
    this.#groups.choose();
    const { top, watch } = this.#context.config.host.processes;
    const entries = [...this.#table.entries.values()];
    const watched = entries.filter((entry) => watch.includes(processName(entry))).slice(0, maxWatched);
    const chosen = selectTop(
      entries.filter((entry) => this.#isCandidate(entry, nowSeconds)),
      {
        count: top,
        members: this.#table.selected,
        score: (entry) => this.#score(entry),
      },
    );
    this.#table.selected = new Set([...watched, ...chosen]);
    for (const [entry, series] of this.#series) {
      if (!this.#table.selected.has(entry) || series.rawName !== entry.name) this.#release(entry);
    }
    for (const entry of this.#table.selected) if (!this.#series.has(entry)) this.#open(entry);
    this.#reportIo();
  }

  /** Kernel threads count when they work; what has just been started may be gone in a moment, and its series would stay. */
  #isCandidate(entry: ProcessEntry, nowSeconds: number): boolean {
    if (entry.isKernelThread && entry.cpuShare < kernelThreadMinShare) return false;
    const { bootSeconds, ticksPerSecond } = this.#maker.units;
    if (bootSeconds === null) return true;
    const ageSeconds = nowSeconds - bootSeconds - entry.startTicks / ticksPerSecond;
    // A negative age is a clock that was set: it says nothing.
    return ageSeconds < 0 || ageSeconds >= minAgeSeconds;
  }

  /** CPUs in use, plus the share of the machine's memory. */
  #score(entry: ProcessEntry): number {
    return entry.cpuShare + (entry.residentPages * this.#maker.units.pageBytes) / this.#memoryBytes;
  }

  #open(entry: ProcessEntry): void {
    entry.identity = this.#identities.of(entry.pid);
    this.#series.set(entry, openProcessSeries(this.#maker, entry, entry.identity));
  }

  #release(entry: ProcessEntry): void {
    this.#series.get(entry)?.release();
    this.#series.delete(entry);
  }

  /** One absence for all processes whose I/O cannot be read: it has one cause and one remedy. One that has just ended is none. */
  #reportIo(): void {
    const failures = this.#series.values().map(({ ioFailure }) => ioFailure);
    const refusal = failures.find((failure) => failure !== null && failure.reason !== "not_present");
    if (!refusal) return this.#context.present("io");
    const fix = "Run ChainPulse with CAP_SYS_PTRACE, or as the user that runs the processes.";
    this.#context.absent("io", [processMetrics.diskIo], refusal.reason === "no_permission" ? { ...refusal, fix } : refusal);
  }

  #reportHidden(): void {
    const { denied, overflow } = this.#table;
    if (denied === 0 && overflow === 0) return this.#context.present("hidden");
    this.#context.absent("hidden", [processMetrics.cpuTime, processGroupMetrics.cpuTime], {
      reason: denied > 0 ? "no_permission" : "unsupported",
      detail: `${denied} processes may not be read, ${overflow} are beyond the number that is looked at`,
      fix: "Where /proc is mounted with hidepid, add the user that runs ChainPulse to the group given as gid=.",
    });
  }
}

/** Whether field 42 of stat counts; off by default since Linux 5.14. Source: Documentation/accounting/delay-accounting.rst. */
function countsIoDelay(context: CollectContext): boolean {
  const path = `${context.config.host.proc_root}/sys/kernel/task_delayacct`;
  const text = readOnce(path);
  // Kernels before 5.14 have no switch, and count where the feature is built in.
  if (typeof text === "string" ? text.trim() !== "0" : text.reason === "not_present") return true;
  context.absent("io_delay", [processMetrics.ioDelay], {
    reason: "disabled",
    detail: typeof text === "string" ? `${path} is 0` : text.detail,
    fix: "sysctl kernel.task_delayacct=1",
  });
  return false;
}

/** `btime` of `/proc/stat`: when the machine started, in seconds since the epoch. */
function readBootSeconds(procRoot: string): number | null {
  const text = readOnce(`${procRoot}/stat`);
  const found = typeof text === "string" ? /^btime (\d+)$/m.exec(text) : null;
  return found === null ? null : Number(found[1]);
}

/** Only weighs memory against CPU in the choice of processes, so that an unknown size may stand for infinitely much. */
function memoryBytes(procRoot: string): number {
  const text = readOnce(`${procRoot}/meminfo`);
  const found = typeof text === "string" ? /^MemTotal:\s+(\d+) kB$/m.exec(text) : null;
  return found === null ? Number.POSITIVE_INFINITY : Number(found[1]) * 1024;
}
