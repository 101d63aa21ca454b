/** The operations of two traces side by side. */
import type { OperationStat } from "./operation-stats.ts";

export interface ComparedOperation {
  readonly service: string;
  readonly name: string;
  /** `null` where a trace has no such span. */
  readonly first: OperationStat | null;
  readonly second: OperationStat | null;
  /** Own time of the second less that of the first, ms: what an operation has added to the difference. */
  readonly differenceMs: number;
}

/** The greatest difference first, whichever way. */
export function compareOperations(
  first: readonly OperationStat[],
  second: readonly OperationStat[],
): readonly ComparedOperation[] {
  const keyOf = ({ service, name }: OperationStat): string => JSON.stringify([service, name]);
  const [before, after] = [new Map(first.map((one) => [keyOf(one), one])), new Map(second.map((one) => [keyOf(one), one]))];
  const rows = [...new Set([...before.keys(), ...after.keys()])].flatMap((key): ComparedOperation[] => {
    const [a, b] = [before.get(key) ?? null, after.get(key) ?? null];
    const named = a ?? b;
    if (named === null) return [];
    const { service, name } = named;
    return [{ service, name, first: a, second: b, differenceMs: (b?.selfMs ?? 0) - (a?.selfMs ?? 0) }];
  });
  return rows.sort((a, b) => Math.abs(b.differenceMs) - Math.abs(a.differenceMs));
}
