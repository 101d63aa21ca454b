/**
 * Labels of a rule's series: fixed ones, and those that come from the client's own, bounded in number and to our metric's values.
 */
import type { Labels } from "../../../core/labels.ts";
import type { LabelFrom, MappingRule } from "./dialect.ts";
import type { GroupOf } from "./evaluate-source.ts";

/**
 * Series of one rule. Beyond it, samples are counted together as `other` where the label may have that value, else left out.
 */
export const groupsMax = 64;
const otherValue = "other";
/** Longest label value that is taken from a client. */
const valueCharsMax = 128;

export interface RuleGroups {
  readonly groupOf: GroupOf;
  /** The labels of the series of a group that `groupOf` has given; `""` is the one of a rule that takes no labels. */
  labelsOf(group: string): Readonly<Record<string, string>>;
}

export function ruleGroups({ metric, labels }: MappingRule): RuleGroups {
  const taken = Object.entries(labels).filter((entry): entry is [string, LabelFrom] => typeof entry[1] !== "string");
  const takesAny = taken.every(([name]) => metric.labels[name] === null);
  const known = new Map<string, Readonly<Record<string, string>>>([["", seriesLabels([])]]);

  function seriesLabels(values: readonly string[]): Readonly<Record<string, string>> {
    const own = new Map(taken.map(([name], index) => [name, values[index] ?? ""]));
    return Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [name, typeof value === "string" ? value : (own.get(name) ?? "")]),
    );
  }

  return {
    groupOf(theirs) {
      const values: string[] = [];
      for (const [name, from] of taken) {
        const value = valueOf(metric.labels[name] ?? null, from, theirs);
        if (value === null) return null;
        values.push(value);
      }
      const group = values.join("\u0000");
      if (known.has(group)) return group;
      if (known.size > groupsMax) {
        if (!takesAny) return null;
        known.set(otherValue, seriesLabels(values.fill(otherValue)));
        return otherValue;
      }
      known.set(group, seriesLabels(values));
      return group;
    },
    labelsOf: (group) => known.get(group) ?? {},
  };
}

/** Our value for a sample's label; `null`: the sample is left out. `allowed`: our metric's values, `null` for any. */
function valueOf(allowed: readonly string[] | null, { from, values, other }: LabelFrom, labels: Labels): string | null {
  const theirs = Object.hasOwn(labels, from) ? (labels[from] ?? "").slice(0, valueCharsMax) : "";
  const ours = values === undefined ? theirs : Object.hasOwn(values, theirs) ? (values[theirs] ?? "") : "";
  return ours !== "" && (allowed === null || allowed.includes(ours)) ? ours : (other ?? null);
}
