/**
 * All groups of rules and when each is due. A group's times are multiples of its interval plus an offset of its own, so that groups do
 * not all come at once and each keeps its times over restarts. Source: Prometheus rules/manager.go and rules/group.go, EvalTimestamp.
 */
import { labelsKey, type Labels } from "../../core/labels.ts";
import type { ActiveAlert, RuleGroupStatus } from "../../core/rule.ts";
import type { RuleGroupFacts } from "../../core/runtime.ts";
import type { GroupDefinition } from "./rule-definition.ts";
import { RuleGroup, type RuleWorld } from "./rule-group.ts";

export interface RuleSettings {
  readonly world: RuleWorld;
  /** Of groups that set none themselves. */
  readonly intervalMs: number;
}

interface Scheduled {
  readonly group: RuleGroup;
  readonly offsetMs: number;
  nextMs: number;
  /** Why the results of its last evaluation were not stored; `null` where they were. */
  refusal: string | null;
}

export class RuleManager {
  #scheduled: readonly Scheduled[] = [];
  /** Series of rules that are gone: their end is still to be written. */
  #ended: readonly Labels[] = [];
  #world: RuleWorld;
  #isFirst = true;

  constructor(world: RuleWorld) {
    this.#world = world;
  }

  /** Takes over new rules and settings; groups that are known go on where they were. */
  update(definitions: readonly GroupDefinition[], nowMs: number, { world, intervalMs }: RuleSettings): void {
    this.#world = world;
    const before = new Map(this.#scheduled.map((scheduled) => [keyOf(scheduled.group.definition), scheduled]));
    const written = this.#series();
    this.#scheduled = definitions.map((definition) => {
      const known = before.get(keyOf(definition));
      const everyMs = definition.intervalMs ?? intervalMs;
      const from = known === undefined ? { restores: this.#isFirst } : { restores: false, before: known.group };
      const group = new RuleGroup(definition, everyMs, world, from);
      const offsetMs = hash(keyOf(definition)) % everyMs;
      const goesOn = known !== undefined && known.group.intervalMs === everyMs;
      const refusal = known?.refusal ?? null;
      return { group, offsetMs, refusal, nextMs: goesOn ? known.nextMs : nextAfter(nowMs, everyMs, offsetMs) };
    });
    this.#isFirst = false;
    const kept = this.#series();
    this.#ended = [...this.#ended, ...[...written].flatMap(([key, labels]) => (kept.has(key) ? [] : [labels]))];
  }

  /** When the next group is due, ms since the epoch; `null` where there is none. */
  get nextDueMs(): number | null {
    if (this.#ended.length > 0) return 0;
    return this.#scheduled.reduce<number | null>((least, { nextMs }) => Math.min(least ?? nextMs, nextMs), null);
  }

  /** Evaluates every group that is due at `nowMs`, the one that has waited longest first. */
  async run(nowMs: number): Promise<void> {
    await this.#writeEnds(nowMs);
    const due = this.#scheduled.filter((scheduled) => isDue(scheduled, nowMs)).sort((a, b) => a.nextMs - b.nextMs);
    for (const scheduled of due) {
      const { group, offsetMs } = scheduled;
      const latestMs = nextAfter(nowMs, group.intervalMs, offsetMs) - group.intervalMs;
      // A clock that was set back has nothing to make up for.
      if (latestMs > scheduled.nextMs) group.miss((latestMs - scheduled.nextMs) / group.intervalMs);
      scheduled.nextMs = latestMs + group.intervalMs;
      try {
        await group.evaluate(latestMs);
        scheduled.refusal = null;
      } catch (error) {
        this.#refused(scheduled, error);
      }
    }
    // Whoever tells of alerts looks now for those that no rule speaks of any more. One that was not to be told again yet at `nowMs` holds
    // for three more resend delays at the least; where more has passed, because the machine slept meanwhile, the next run asks anew.
    const { sink, clock, resendDelayMs } = this.#world;
    if (clock.nowMs() - nowMs < 3 * resendDelayMs) sink.notify([]);
  }

  groups(): readonly RuleGroupStatus[] {
    return this.#scheduled.map(({ group }) => group.status());
  }

  alerts(): readonly ActiveAlert[] {
    return this.groups().flatMap(({ rules }) => rules.flatMap((rule) => (rule.type === "alerting" ? rule.alerts : [])));
  }

  facts(): readonly RuleGroupFacts[] {
    return this.#scheduled.map(({ group }) => group.facts());
  }

  get running(): readonly RuleGroup[] {
    return this.#scheduled.map(({ group }) => group);
  }

  /** Said once, though a full disk refuses every evaluation. */
  #refused(scheduled: Scheduled, error: unknown): void {
    const { file, name } = scheduled.group.definition;
    const message = error instanceof Error ? error.message : String(error);
    if (message !== scheduled.refusal) {
      this.#world.logger.error("the results of a rule group were not stored", { file, group: name, error });
    }
    scheduled.refusal = message;
  }

  async #writeEnds(nowMs: number): Promise<void> {
    if (this.#ended.length === 0) return;
    const ended = this.#ended;
    this.#ended = [];
    try {
      this.#world.storage.append(ended.map((labels) => ({ labels, timestampMs: nowMs, value: "stale" })));
      await this.#world.storage.flush(nowMs);
    } catch (error) {
      // They end by themselves, a look-back later.
      this.#world.logger.warn("the end of series of rules that are gone was not stored", { series: ended.length, error });
    }
  }

  #series(): ReadonlyMap<string, Labels> {
    const runs = this.#scheduled.flatMap(({ group }) => group.runs);
    return new Map(runs.flatMap((run) => [...run.series.values()].map((labels) => [labelsKey(labels), labels] as const)));
  }
}

/** Due, or planned for a time that a clock set back would reach only much later. */
function isDue({ group, nextMs }: Scheduled, nowMs: number): boolean {
  return nextMs <= nowMs || nextMs - nowMs > 2 * group.intervalMs;
}

function keyOf({ file, name }: GroupDefinition): string {
  return `${file}\u0000${name}`;
}

/** The first time after `nowMs` that is a multiple of the interval plus the offset. */
function nextAfter(nowMs: number, intervalMs: number, offsetMs: number): number {
  return Math.floor((nowMs - offsetMs) / intervalMs) * intervalMs + offsetMs + intervalMs;
}

/** FNV-1a, 32 bits: spreads the groups. Source: Fowler, Noll, Vo; draft-eastlake-fnv. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
