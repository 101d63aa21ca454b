/** Which processes (or applications) get series of their own: the highest scores, without changing seats at every tick. */

/** A member keeps its seat until another has this many times its score, and a margin: 1 % of a core or of the memory. */
const memberFactor = 1.5;
const memberMargin = 0.01;

/** The `count` best of `candidates` by `score`; those in `members` have an advantage. Order does not matter to the result, ties do not move. */
export function selectTop<T>(
  candidates: Iterable<T>,
  options: { readonly count: number; readonly members: ReadonlySet<T>; readonly score: (candidate: T) => number },
): Set<T> {
  const { count, members, score } = options;
  const ranked = Array.from(candidates, (candidate) => ({
    candidate,
    rank: members.has(candidate) ? score(candidate) * memberFactor + memberMargin : score(candidate),
  }));
  if (ranked.length > count) ranked.sort((a, b) => b.rank - a.rank);
  return new Set(ranked.slice(0, count).map(({ candidate }) => candidate));
}
