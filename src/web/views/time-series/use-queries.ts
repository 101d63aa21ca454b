/** Connects a component to the query board. */
import { useEffect, useRef } from "preact/hooks";
import { watchQuery, type BoardQuery } from "../../data/query-board.ts";

/** Watches the expressions while `active`; `changed` runs after each answer and tick. The queries stay readable afterwards. */
export function useQueries(
  exprs: readonly string[],
  active: boolean,
  changed: () => void,
): { readonly current: readonly BoardQuery[] } {
  const queries = useRef<readonly BoardQuery[]>([]);
  const latest = useRef(changed);
  latest.current = changed;
  const key = exprs.join("\n");
  useEffect(() => {
    if (!active) return undefined;
    const watches = exprs.map((expr) => watchQuery(expr, () => latest.current()));
    queries.current = watches.map((watch) => watch.query);
    latest.current();
    return () => {
      for (const watch of watches) watch.release();
    };
    // `key` stands for `exprs`, which is a new array at each render.
  }, [key, active]);
  return queries;
}
