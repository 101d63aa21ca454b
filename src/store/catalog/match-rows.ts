/** Which rows of a label table all matchers accept. Fewest first: one matcher gives candidates, the others are asked about those. */
import type { LabelTable, PairId } from "./label-table.ts";
import type { CompiledMatcher } from "./matcher.ts";
import type { Postings } from "./postings.ts";

/** A matcher on one table. */
interface Condition {
  readonly matcher: CompiledMatcher;
  /** The number of its label's name, -1 where no series has the label. */
  readonly nameId: number;
  /** Whether a series without the label is accepted: its value is "". */
  readonly acceptsMissing: boolean;
  /** The pairs that it accepts, where they are known without looking at all values. */
  readonly pairs: readonly PairId[] | null;
  /** Series that have one of `pairs`. */
  readonly size: number;
}

/** A list of rows this much longer than the candidates is searched by candidate, not walked through. */
const walkFactor = 8;

/** Ascending; the array may be shared, and holds until the table's next row. No matchers: all rows. */
export function matchRows(table: LabelTable, postings: Postings, matchers: readonly CompiledMatcher[]): Uint32Array {
  const conditions = matchers.map((matcher) => conditionOf(table, postings, matcher));
  const seed = chooseSeed(table, conditions);
  let rows = seed === null ? allRows(table) : union(table, postings, seed.pairs ?? acceptedPairs(table, seed));
  const others = conditions.filter((one) => one !== seed).sort((a, b) => a.size - b.size);
  for (const condition of others) rows = narrow(table, postings, rows, condition);
  return rows;
}

function allRows({ rows }: LabelTable): Uint32Array {
  return new Uint32Array(rows).map((_, row) => row);
}

function conditionOf(table: LabelTable, postings: Postings, matcher: CompiledMatcher): Condition {
  const name = table.nameOf(matcher.name);
  const acceptsMissing = matcher.matches("");
  const pairs = matcher.values && [...new Set(matcher.values)].flatMap((value) => name?.pairs.get(value) ?? []);
  const size = pairs?.reduce((sum, pair) => sum + postings.count(pair), 0) ?? Infinity;
  return { matcher, nameId: name?.id ?? -1, acceptsMissing, pairs, size };
}

/** The condition with the fewest rows; among those where all values must be looked at, the label with the fewest values. */
function chooseSeed(table: LabelTable, conditions: readonly Condition[]): Condition | null {
  const positive = conditions.filter(({ acceptsMissing }) => !acceptsMissing);
  const valuesOf = ({ nameId }: Condition): number => table.names[nameId]?.pairs.size ?? 0;
  const [least] = positive.toSorted((a, b) => (a.size === b.size ? valuesOf(a) - valuesOf(b) : a.size - b.size));
  return least ?? null;
}

function acceptedPairs(table: LabelTable, { matcher, nameId }: Condition): readonly PairId[] {
  const accepted: PairId[] = [];
  for (const [value, pair] of table.names[nameId]?.pairs ?? []) if (matcher.matches(value)) accepted.push(pair);
  return accepted;
}

/** Rows that have one of these pairs of one name: none has two of them. */
function union(table: LabelTable, postings: Postings, pairs: readonly PairId[]): Uint32Array {
  const [first] = pairs;
  if (first === undefined) return new Uint32Array(0);
  if (pairs.length === 1) return postings.rowsOf(first);
  const marked = new Uint8Array(table.rows);
  let count = 0;
  for (const pair of pairs) {
    const rows = postings.rowsOf(pair);
    for (const row of rows) marked[row] = 1;
    count += rows.length;
  }
  const rows = new Uint32Array(count);
  for (let row = marked.indexOf(1), at = 0; row !== -1; row = marked.indexOf(1, row + 1)) rows[at++] = row;
  return rows;
}

function narrow(table: LabelTable, postings: Postings, rows: Uint32Array, condition: Condition): Uint32Array {
  const [only, ...more] = condition.pairs ?? [];
  const walk =
    only !== undefined && more.length === 0 && !condition.acceptsMissing && condition.size < walkFactor * rows.length;
  return walk ? intersect(rows, postings.rowsOf(only)) : filter(table, rows, condition);
}

function intersect(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(Math.min(a.length, b.length));
  let count = 0;
  for (let i = 0, k = 0; i < a.length && k < b.length;) {
    const [left, right] = [a[i] ?? 0, b[k] ?? 0];
    if (left === right) both[count++] = left;
    if (left <= right) i++;
    if (right <= left) k++;
  }
  return both.subarray(0, count);
}

/** Asks the condition about each row; about each of the label's values once. */
function filter(table: LabelTable, rows: Uint32Array, condition: Condition): Uint32Array {
  const { matcher, nameId, acceptsMissing } = condition;
  if (nameId === -1) return acceptsMissing ? rows : new Uint32Array(0);
  const accepted = new Uint32Array(rows.length);
  let count = 0;
  const verdicts = new Map<PairId, boolean>();
  const accepts = (pair: PairId): boolean => {
    let verdict = verdicts.get(pair);
    if (verdict === undefined) verdicts.set(pair, (verdict = matcher.matches(table.valueOf(pair))));
    return verdict;
  };
  // Not `for … of`: over a million rows it takes four times as long.
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const pair = table.pairAt(row, nameId);
    if (pair === -1 ? acceptsMissing : accepts(pair)) accepted[count++] = row;
  }
  return accepted.subarray(0, count);
}
