/**
 * `fill(…)`: an element that has no partner meets one with the value written there, and the labels that are matched. Which are
 * missing is decided at every step. Source: Prometheus 3.14, promql/engine.go (VectorBinop, FillValues).
 */
import type { Labels } from "../../core/labels.ts";
import type { VectorMatching } from "../ast.ts";
import { groupBy, presence, projectionOf, signatureOf } from "./signature.ts";
import { elementKind, isEmpty, newSeries, type VectorSeries } from "./values.ts";

/** The operands, by whether one of their elements may have many partners. */
export interface MatchedSides {
  readonly many: readonly VectorSeries[];
  readonly one: readonly VectorSeries[];
}

/**
 * Both sides, with the missing elements that are to be filled in. As in Prometheus `fill_left` is the value of the "many" side also
 * with `group_right`, where that is the right one: its test scripts say so.
 */
export function fillMissing({ many, one }: MatchedSides, matching: VectorMatching): MatchedSides {
  const { fillLeft, fillRight } = matching;
  if (fillLeft === null && fillRight === null) return { many, one };
  const keyOf = signatureOf(matching);
  const [manyGroups, oneGroups] = [groupBy(many, keyOf), groupBy(one, keyOf)];
  const project = projectionOf(matching);
  return {
    many: fillLeft === null ? many : [...many, ...partnersFor(oneGroups, manyGroups, project, fillLeft)],
    one: fillRight === null ? one : [...one, ...partnersFor(manyGroups, oneGroups, project, fillRight)],
  };
}

type Groups = ReadonlyMap<string, readonly VectorSeries[]>;

/** One series for each group, present where the group has an element and the same group of the others has none. */
function partnersFor(
  groups: Groups,
  others: Groups,
  project: (labels: Labels) => Labels,
  value: number,
): readonly VectorSeries[] {
  return [...groups].flatMap(([key, members]) => {
    const [first] = members;
    if (first === undefined) return [];
    const { length } = first.present;
    const [isHere, isThere] = [presence(members, length), presence(others.get(key) ?? [], length)];
    const partner = newSeries(project(first.labels), false, length);
    partner.values.fill(value);
    for (let i = 0; i < length; i++) if (isHere[i] === 1 && isThere[i] === 0) partner.present[i] = elementKind.number;
    return isEmpty(partner) ? [] : [partner];
  });
}
