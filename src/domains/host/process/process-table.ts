/**
 * All processes of the machine, looked at once per tick. One table per configuration: `host.process` fills it and chooses the
 * processes with series of their own; the slower collectors read the dear files of exactly those.
 */
import type { Config } from "../../../core/config.ts";
import { type KeptFile, type ProcessFiles, createProcessFiles } from "../../../io/process-files.ts";
import { type ReadFailure, listDirectory } from "../../../io/proc-file.ts";
import type { ProcessIdentity } from "../names/process-identity.ts";
import { type ProcessStat, emptyProcessStat, parseProcessStat } from "./process-stat.ts";

/** Descriptors that are kept on stat files; a Node process may open 1,048,576 on today's distributions, but 1,024 on old ones. */
const maxKeptFiles = 600;

/** Processes that are looked at; with more, the ones with the highest numbers (the youngest) are left out and `overflow` says so. */
const maxProcesses = 8192;

/**
 * Kernel threads are half of the processes of an idle machine and seldom run: one that did nothing since it was read last is read at
 * every fourth look only (a third of the whole cost on a machine with 66 of them). No CPU time is lost, it shows up to three ticks late.
 */
const idleKernelThreadPace = 4;

/** Looks after which a process that may not be read is tried again: each refusal is an exception of 20–50 µs. */
const deniedPace = 60;

/** Time constant of the CPU share that decides who gets series of its own. */
const shareTimeConstantSeconds = 15;

export interface ProcessEntry extends ProcessStat {
  readonly pid: number;
  /** Kept open while there are few enough processes. */
  file: KeptFile | null;
  /** CPU time up to the previous look, and the increase since; clock ticks. */
  ownTicks: number;
  ownDelta: number;
  childrenTicks: number;
  childrenDelta: number;
  /** Looks at which it was on another CPU than before. */
  migrations: number;
  /** CPUs that it uses, smoothed. */
  cpuShare: number;
  /** Seconds since it was read, where looks have passed it over. */
  unreadSeconds: number;
  /** Set when it gets series of its own. */
  identity: ProcessIdentity | null;
  /** Number of the last look that found it; 0 before the first. */
  look: number;
}

export class ProcessTable {
  readonly entries = new Map<number, ProcessEntry>();
  /** Those with series of their own. */
  selected: ReadonlySet<ProcessEntry> = new Set();
  /** Processes that the last look left out for their number. */
  overflow = 0;
  /** Processes that may not be read (`/proc` mounted with hidepid=1). */
  get denied(): number {
    return this.#denied.size;
  }
  readonly #denied = new Set<number>();
  readonly #procRoot: string;
  readonly #files: ProcessFiles = createProcessFiles();
  readonly #stat = emptyProcessStat();
  #kept = 0;
  #look = 0;

  constructor(procRoot: string) {
    this.#procRoot = procRoot;
  }

  /**
   * Looks at every process. Returns those that have ended since the last look, or why `/proc` cannot be listed.
   * `elapsedSeconds` is `null` at the first look: what processes did before it is nobody's increase.
   */
  look(elapsedSeconds: number | null, ticksPerSecond: number): readonly ProcessEntry[] | ReadFailure {
    const names = listDirectory(this.#procRoot);
    if ("errno" in names) return names;
    this.#look++;
    if (this.#look % deniedPace === 0) this.#denied.clear();
    const ended: ProcessEntry[] = [];
    let looked = 0;
    let overflow = 0;
    for (const name of names) {
      const first = name.charCodeAt(0);
      if (first < 48 || first > 57) continue;
      if (looked++ < maxProcesses) this.#lookAt(Number(name), elapsedSeconds, ticksPerSecond, ended);
      else overflow++;
    }
    this.overflow = overflow;
    for (const entry of this.entries.values()) if (entry.look !== this.#look) this.#remove(entry, ended);
    return ended;
  }

  close(): void {
    for (const entry of this.entries.values()) this.#closeFile(entry);
    this.entries.clear();
    this.selected = new Set();
  }

  #lookAt(pid: number, elapsedSeconds: number | null, ticksPerSecond: number, ended: ProcessEntry[]): void {
    if (this.#denied.has(pid)) return;
    let entry = this.entries.get(pid);
    if (entry !== undefined && this.#isPassedOver(entry)) {
      entry.look = this.#look;
      entry.unreadSeconds += elapsedSeconds ?? 0;
      return;
    }
    if (entry !== undefined && !this.#read(entry)) {
      // A kept descriptor is dead: its process has ended, and the number may already be another's.
      this.#remove(entry, ended);
      entry = undefined;
    }
    if (entry === undefined) {
      entry = newEntry(pid);
      if (!this.#read(entry)) return this.#closeFile(entry);
      this.entries.set(pid, entry);
    } else if (entry.startTicks !== this.#stat.startTicks) {
      this.#remove(entry, ended);
      entry = newEntry(pid);
      this.entries.set(pid, entry);
    }
    takeOver(entry, this.#stat, elapsedSeconds, ticksPerSecond);
    entry.look = this.#look;
  }

  #isPassedOver(entry: ProcessEntry): boolean {
    if (!entry.isKernelThread || entry.ownDelta > 0 || this.selected.has(entry)) return false;
    return (entry.pid + this.#look) % idleKernelThreadPace !== 0;
  }

  /** Reads `entry`'s stat file into `#stat`; false when the process is gone or hidden. */
  #read(entry: ProcessEntry): boolean {
    const files = this.#files;
    const file = entry.file ?? files.open(`${this.#procRoot}/${entry.pid}/stat`);
    if ("errno" in file) return this.#refuse(entry, file);
    const length = files.read(file);
    if (entry.file === null) {
      if (this.#kept < maxKeptFiles && typeof length === "number") {
        entry.file = file;
        this.#kept++;
      } else files.close(file);
    }
    return typeof length === "number" ? parseProcessStat(files.bytes, length, this.#stat) : this.#refuse(entry, length);
  }

  /** What else can fail (EMFILE, EIO) is no fact about one process. */
  #refuse(entry: ProcessEntry, failure: ReadFailure): false {
    if (failure.reason === "no_permission") this.#denied.add(entry.pid);
    else if (failure.reason !== "not_present") throw new Error(failure.detail);
    return false;
  }

  #remove(entry: ProcessEntry, ended: ProcessEntry[]): void {
    this.#closeFile(entry);
    this.entries.delete(entry.pid);
    ended.push(entry);
  }

  #closeFile(entry: ProcessEntry): void {
    if (entry.file === null) return;
    this.#files.close(entry.file);
    entry.file = null;
    this.#kept--;
  }
}

function takeOver(entry: ProcessEntry, stat: ProcessStat, elapsedSeconds: number | null, ticksPerSecond: number): void {
  const isNew = entry.look === 0;
  if (!isNew && stat.lastCpu !== entry.lastCpu) entry.migrations++;
  const own = stat.userTicks + stat.systemTicks;
  const children = stat.childrenUserTicks + stat.childrenSystemTicks;
  // At the first look a process brings its past along; later, a new one was born since the last look and all of it counts.
  const before = isNew && elapsedSeconds === null;
  entry.ownDelta = before ? 0 : own - entry.ownTicks;
  entry.childrenDelta = before ? 0 : children - entry.childrenTicks;
  entry.ownTicks = own;
  entry.childrenTicks = children;
  const seconds = entry.unreadSeconds + (elapsedSeconds ?? 0);
  entry.unreadSeconds = 0;
  if (seconds > 0) {
    const share = entry.ownDelta / ticksPerSecond / seconds;
    const weight = isNew ? 1 : 1 - Math.exp(-seconds / shareTimeConstantSeconds);
    entry.cpuShare += (share - entry.cpuShare) * weight;
  }
  Object.assign(entry, stat);
}

function newEntry(pid: number): ProcessEntry {
  return {
    ...emptyProcessStat(),
    pid,
    file: null,
    ownTicks: 0,
    ownDelta: 0,
    childrenTicks: 0,
    childrenDelta: 0,
    migrations: 0,
    cpuShare: 0,
    unreadSeconds: 0,
    identity: null,
    look: 0,
  };
}

const tables = new WeakMap<Config, ProcessTable>();

/** The table of a configuration: the same one for all collectors that were opened with it. */
export function processTableOf(config: Config): ProcessTable {
  let table = tables.get(config);
  if (table === undefined) {
    table = new ProcessTable(config.host.proc_root);
    tables.set(config, table);
  }
  return table;
}
