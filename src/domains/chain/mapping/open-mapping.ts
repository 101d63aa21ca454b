/** A dialect at work for one client: each text that was read becomes values of the client's series. */
import type { HeldSeries } from "../../../core/observer.ts";
import type { ExpositionSyntax } from "../../../io/openmetrics/read-exposition.ts";
import type { ClientContext, ClientIdentity } from "../client/client-kind.ts";
import { chainRuntimeMetrics } from "../runtime/metrics.ts";
import { type Dialect, type InfoLabel, type MappingRule, namesOf } from "./dialect.ts";
import { evaluateSource, newMemory } from "./evaluate-source.ts";
import { type Exposition, readWanted } from "./exposition.ts";
import { ruleGroups } from "./rule-labels.ts";

/** What the text says of the client itself; `null` where it does not. */
export interface Told {
  readonly identity: ClientIdentity | null;
  /** When its process began, ms since the epoch. */
  readonly startedMs: number | null;
}

export interface Mapping {
  /**
   * Writes what the text says. What it said before and says no more has no value now. Throws `EXPOSITION_INVALID`, with nothing written.
   */
  write(bytes: Uint8Array, syntax: ExpositionSyntax): Told;
  /** The client's metrics cannot be read: the series that they gave have no value now. */
  clear(): void;
}

type MappedContext = Pick<ClientContext, "series" | "count">;

export function openMapping(context: MappedContext, dialect: Dialect): Mapping {
  const rules = dialect.rules.map((rule) => openRule(context, rule));
  const wanted = wantedNames(dialect);
  return {
    write(bytes, syntax) {
      const exposition = readWanted(bytes, syntax, wanted, dialect.prefixes);
      for (const rule of rules) rule.write(exposition);
      return { identity: identityOf(dialect, exposition), startedMs: startedMsOf(dialect, exposition) };
    },
    clear() {
      for (const rule of rules) rule.clear();
    },
  };
}

function wantedNames({ rules, identity }: Dialect): ReadonlySet<string> {
  const ofRules = rules.flatMap(({ source, unless }) => [...namesOf(source), ...(unless === undefined ? [] : [unless])]);
  const ofIdentity = [identity?.version, identity?.network].flatMap((info) => (info ? [info.name] : []));
  return new Set([...ofRules, ...ofIdentity]);
}

interface OpenRule {
  write(exposition: Exposition): void;
  clear(): void;
}

function openRule(context: MappedContext, rule: MappingRule): OpenRule {
  const { metric, source, unless } = rule;
  const groups = ruleGroups(rule);
  const memory = newMemory();
  /** Group → its series, those that have a value. */
  const live = new Map<string, HeldSeries>();
  /** Groups that are added up. */
  const counted = new Set<string>();
  const set = (group: string, value: number): void => {
    const series = live.get(group) ?? context.series(metric, groups.labelsOf(group));
    series.set(value);
    live.set(group, series);
  };
  const clearAllBut = (kept: ReadonlyMap<string, unknown>): void => {
    for (const [group, series] of live) {
      if (kept.has(group)) continue;
      series.clear();
      live.delete(group);
    }
  };

  return {
    write(exposition) {
      if (unless !== undefined && exposition.samples.has(unless)) return clearAllBut(new Map());
      const outcomes = evaluateSource(source, exposition, groups.groupOf, memory);
      for (const [group, { value, effect }] of outcomes) {
        if (effect === "set") set(group, value);
        else counted.add(group);
      }
      // Nothing new is 0 more, so that a sum is there again after a time without an answer. Less than nothing is what Geth makes of phases
      // that it takes from each other although they ran at the same time (go-ethereum issue 28819).
      for (const group of counted) context.count(metric, groups.labelsOf(group), Math.max(0, outcomes.get(group)?.value ?? 0));
      if (!holdsLast(source)) clearAllBut(outcomes);
    },
    clear() {
      clearAllBut(new Map());
      // The sum is kept by the context; a counter that stood still would look as if nothing happened.
      for (const group of counted) context.series(metric, groups.labelsOf(group)).clear();
    },
  };
}

/** Whether the last value stays where a text has no new one. */
function holdsLast(source: MappingRule["source"]): boolean {
  return source.kind === "mean" || (source.kind === "timer" && source.part === "median");
}

function identityOf({ identity }: Dialect, exposition: Exposition): ClientIdentity | null {
  if (identity === undefined) return null;
  const version = infoOf(identity.version, exposition);
  return version === "" ? null : { version, network: infoOf(identity.network, exposition) };
}

function startedMsOf({ rules }: Dialect, { samples }: Exposition): number | null {
  const source = rules.find(({ metric }) => metric === chainRuntimeMetrics.startTime)?.source;
  const names = source === undefined ? [] : namesOf(source);
  const [sample] = names.flatMap((name) => samples.get(name) ?? []);
  return sample === undefined ? null : sample.value * 1000;
}

function infoOf(info: InfoLabel | null, { samples }: Exposition): string {
  if (info === null) return "";
  const [sample] = samples.get(info.name) ?? [];
  return sample === undefined ? "" : (sample.labels[info.label] ?? "");
}
