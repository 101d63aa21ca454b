/** Asks both engines the same random queries, and shrinks each one that they answer differently to the smallest that shows it. */
import fc from "fast-check";
import { differenceOf } from "./compare.ts";
import { knownDifference } from "./differences.ts";
import type { Engine } from "./engines.ts";
import { type FuzzQuery, fuzzQueries } from "./queries.ts";

export interface FuzzOptions {
  readonly ours: Engine;
  readonly theirs: Engine;
  readonly queries: number;
  readonly seed: number;
}

export interface FuzzReport {
  /** Queries that both were asked, those on the way to smaller ones not counted. */
  readonly asked: number;
  /** How many of all answers were errors of both, empty, or had elements. */
  readonly answers: { readonly errors: number; readonly empty: number; readonly full: number };
  /** Differences that `differences.ts` explains, by its names. */
  readonly known: Readonly<Record<string, number>>;
  /** Those that it does not. */
  readonly unknown: readonly { readonly query: FuzzQuery; readonly difference: string }[];
}

/** Queries to which one seed leads; after a difference the next seed's are asked. */
const queriesPerSeed = 500;

export async function fuzz({ ours, theirs, queries, seed }: FuzzOptions): Promise<FuzzReport> {
  const answers = { errors: 0, empty: 0, full: 0 };
  const known: Record<string, number> = {};
  const unknown: { query: FuzzQuery; difference: string }[] = [];

  /** A difference that nothing explains. */
  async function difference(query: FuzzQuery): Promise<string | null> {
    const [our, their] = await Promise.all([ours.ask(query), theirs.ask(query)]);
    answers["error" in their ? "errors" : their.series.length === 0 ? "empty" : "full"]++;
    const found = differenceOf(our, their, query.ordered && query.range === null);
    const rule = found === null ? null : knownDifference(query, found);
    if (rule === null) return found;
    known[rule.id] = (known[rule.id] ?? 0) + 1;
    return null;
  }

  let asked = 0;
  for (let batch = 0; asked < queries; batch++) {
    const same = fc.asyncProperty(fuzzQueries, async (query) => (await difference(query)) === null);
    const numRuns = Math.min(queriesPerSeed, queries - asked);
    const details = await fc.check(same, { seed: seed + batch, numRuns });
    asked += details.numRuns;
    if (details.counterexample === null) continue;
    const [query] = details.counterexample;
    unknown.push({ query, difference: (await difference(query)) ?? "not the same when asked again" });
  }
  return { asked, answers, known, unknown };
}
