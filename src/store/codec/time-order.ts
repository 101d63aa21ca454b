/** The order of samples that came in any. */

/** The places of the times in ascending order, of equal ones the last alone; `null` where they ascend as they are, each after the one before. */
export function timeOrder(timestampsMs: Float64Array): Uint32Array | null {
  if (isAscending(timestampsMs)) return null;
  const order = Uint32Array.from(timestampsMs.keys()).sort((a, b) => (timestampsMs[a] ?? 0) - (timestampsMs[b] ?? 0) || a - b);
  return order.filter((place, i) => timestampsMs[place] !== timestampsMs[order[i + 1] ?? -1]);
}

function isAscending(timestampsMs: Float64Array): boolean {
  for (let i = 1; i < timestampsMs.length; i++) if ((timestampsMs[i] ?? 0) <= (timestampsMs[i - 1] ?? 0)) return false;
  return true;
}
