/**
 * Which storage slots a transaction looked at, and which it left with another value, by contract: from `prestateTracer`, once as it is and once as a
 * difference. Source: go-ethereum eth/tracers/native/prestate.go.
 */
export interface StorageAccess {
  /** Address → slots that were looked at; a slot that is written is looked at, too. */
  readonly read: ReadonlyMap<string, number>;
  /** Address → slots whose value is another one after the transaction. */
  readonly write: ReadonlyMap<string, number>;
}

/** `null`: the answers are not what these tracers give. */
export function readStorageAccess(before: unknown, difference: unknown): StorageAccess | null {
  const read = slotsOf(before);
  if (typeof difference !== "object" || difference === null || !("pre" in difference) || !("post" in difference)) return null;
  const pre = slotsOf(difference.pre);
  const post = slotsOf(difference.post);
  if (read === null || pre === null || post === null) return null;
  // A value of 0 is left out on its side, so both sides are needed to see a slot that is set or cleared.
  const write = new Map(
    [...new Set([...pre.keys(), ...post.keys()])].map((address) => [
      address,
      new Set([...(pre.get(address) ?? []), ...(post.get(address) ?? [])]).size,
    ]),
  );
  return { read: new Map(Array.from(read, ([address, slots]) => [address, slots.length])), write };
}

/** Address → slots, of accounts with any. */
function slotsOf(accounts: unknown): ReadonlyMap<string, readonly string[]> | null {
  if (typeof accounts !== "object" || accounts === null || Array.isArray(accounts)) return null;
  const slots = new Map<string, readonly string[]>();
  const entries: readonly (readonly [string, unknown])[] = Object.entries(accounts);
  for (const [address, account] of entries) {
    if (typeof account !== "object" || account === null) return null;
    if (!("storage" in account) || typeof account.storage !== "object" || account.storage === null) continue;
    const keys = Object.keys(account.storage);
    if (keys.length > 0) slots.set(address.toLowerCase(), keys);
  }
  return slots;
}
