/**
 * Every process counts for its application, so that nothing is missing from the sum: processes without series of their own,
 * children that came and went between two looks. Bounded: beyond `maxGroups` the smallest applications are one, `(other)`.
 */
import type { CollectContext } from "../../../core/collector.ts";
import { HandleTable } from "../handle-table.ts";
import { unseenChildTicks } from "./cpu-accounting.ts";
import { processGroupMetrics as metrics } from "./metrics.ts";
import { groupName, otherGroup } from "./process-name.ts";
import type { ProcessEntry } from "./process-table.ts";
import { selectTop } from "./select-top.ts";

const maxGroups = 40;
/** Applications whose figures are kept in memory while they wait for a seat. */
const maxRemembered = 2000;

interface Group {
  readonly name: string;
  cpuTicks: number;
  cpuShare: number;
  pages: number;
  processes: number;
  threads: number;
}

export class ProcessGroups {
  readonly #groups = new Map<string, Group>();
  readonly #other = newGroup(otherGroup);
  readonly #nameOf = new WeakMap<ProcessEntry, { readonly raw: string; readonly group: string }>();
  readonly #units: { readonly pageBytes: number; readonly ticksPerSecond: number; readonly memoryBytes: number };
  readonly #rows: HandleTable<string>;
  #seated: ReadonlySet<Group> = new Set();
  #needsChoice = true;

  constructor(
    context: CollectContext,
    units: { readonly pageBytes: number; readonly ticksPerSecond: number; readonly memoryBytes: number },
  ) {
    this.#units = units;
    this.#rows = new HandleTable((name) => {
      const labels = { "process.group.name": name };
      const { cpuTime, memoryUsage, processCount, threadCount } = metrics;
      return { handles: [cpuTime, memoryUsage, processCount, threadCount].map((metric) => context.series(metric, labels)) };
    });
  }

  /** Adds up one look; `write` follows. Returns the ticks of children that no look saw, for those who add up the rest. */
  add(entries: Iterable<ProcessEntry>, ended: readonly ProcessEntry[]): number {
    clearGauges(this.#other);
    for (const group of this.#groups.values()) clearGauges(group);
    const living: ProcessEntry[] = [];
    for (const entry of entries) {
      const group = this.#groupOf(entry);
      group.cpuTicks += entry.ownDelta;
      group.cpuShare += entry.cpuShare;
      group.pages += entry.residentPages;
      group.processes++;
      group.threads += entry.threads;
      living.push(entry);
    }
    let unseenTicks = 0;
    for (const [parent, ticks] of unseenChildTicks(living, ended)) {
      this.#groupOf(parent).cpuTicks += ticks;
      unseenTicks += ticks;
    }
    return unseenTicks;
  }

  /** At the next `write`, the seats are given anew. */
  choose(): void {
    this.#needsChoice = true;
  }

  write(): void {
    if (this.#needsChoice) this.#giveSeats();
    for (const group of this.#groups.values()) {
      if (this.#seated.has(group)) this.#set(group);
      else this.#mergeIntoOther(group);
    }
    this.#set(this.#other);
    this.#rows.sweep();
  }

  #giveSeats(): void {
    this.#needsChoice = false;
    // An application that is gone keeps nothing: should it come back, its counter starts anew, which every reader of counters knows.
    for (const group of this.#groups.values()) if (group.processes === 0) this.#groups.delete(group.name);
    const { pageBytes, memoryBytes } = this.#units;
    const score = (group: Group): number => group.cpuShare + (group.pages * pageBytes) / memoryBytes;
    this.#seated = selectTop(this.#groups.values(), { count: maxGroups, members: this.#seated, score });
  }

  /** CPU time moves over, or it would be counted again at the next tick; the rest is a state. */
  #mergeIntoOther(group: Group): void {
    const other = this.#other;
    other.cpuTicks += group.cpuTicks;
    group.cpuTicks = 0;
    other.pages += group.pages;
    other.processes += group.processes;
    other.threads += group.threads;
  }

  #set(group: Group): void {
    const [cpuTime, memoryUsage, processCount, threadCount] = this.#rows.row(group.name).handles;
    cpuTime?.set(group.cpuTicks / this.#units.ticksPerSecond);
    memoryUsage?.set(group.pages * this.#units.pageBytes);
    processCount?.set(group.processes);
    threadCount?.set(group.threads);
  }

  #groupOf(entry: ProcessEntry): Group {
    let known = this.#nameOf.get(entry);
    // A process can rename itself at any time (exec).
    if (known === undefined || known.raw !== entry.name) {
      known = { raw: entry.name, group: groupName(entry) };
      this.#nameOf.set(entry, known);
    }
    let group = this.#groups.get(known.group);
    if (group === undefined) {
      if (this.#groups.size >= maxRemembered) return this.#other;
      group = newGroup(known.group);
      this.#groups.set(known.group, group);
    }
    return group;
  }
}

function newGroup(name: string): Group {
  return { name, cpuTicks: 0, cpuShare: 0, pages: 0, processes: 0, threads: 0 };
}

function clearGauges(group: Group): void {
  group.cpuShare = 0;
  group.pages = 0;
  group.processes = 0;
  group.threads = 0;
}
