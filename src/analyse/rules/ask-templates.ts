/**
 * Texts that ask for values while they are put together, of a storage that answers later: what is asked for and not known yet is fetched,
 * and the texts are put together anew, until they ask for nothing new.
 */
import { ChainPulseError } from "../../core/errors.ts";
import type { VectorSample } from "../../query/api.ts";

/** Distinct queries of all texts of one rule. */
const queriesMax = 1000;

/** `work` must come to the same each time. Rejects with what it throws, and with `QUERY_LIMIT`. */
export async function askTemplates<T>(
  query: (expr: string) => readonly VectorSample[] | Promise<readonly VectorSample[]>,
  work: (ask: (expr: string) => readonly VectorSample[]) => T,
): Promise<T> {
  const known = new Map<string, () => readonly VectorSample[]>();
  for (;;) {
    const missing = new Set<string>();
    const result = outcomeOf(() =>
      work((expr) => {
        const answer = known.get(expr);
        if (answer === undefined) missing.add(expr);
        return answer?.() ?? [];
      }),
    );
    if (missing.size === 0) return result();
    if (known.size + missing.size > queriesMax) {
      throw new ChainPulseError("QUERY_LIMIT", `the texts of a rule make more than ${queriesMax} queries`);
    }
    for (const expr of missing) {
      const [outcome] = await Promise.allSettled([(async () => query(expr))()]);
      known.set(expr, () => {
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value;
      });
    }
  }
}

/** What `work` comes to, to be taken later: it throws there what was thrown here. */
function outcomeOf<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
