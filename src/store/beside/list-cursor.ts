/** Places in lists that are sorted by time, newest first, as clients carry them about: `<time, ns>.<what tells items of one time apart>`. */
import { ChainPulseError } from "../../core/errors.ts";

export interface ListPlace {
  readonly timeNs: bigint;
  /** Hex digits; compared as text. */
  readonly key: string;
}

/** Errors: `BAD_REQUEST`. */
export function readCursor(cursor: string): ListPlace {
  const [, digits, key] = /^(-?\d{1,19})\.([0-9a-f]{0,64})$/.exec(cursor) ?? [];
  const timeNs = BigInt(digits ?? 0);
  // Nothing in an index lies beyond.
  if (digits !== undefined && key !== undefined && BigInt.asIntN(64, timeNs) === timeNs) return { timeNs, key };
  throw new ChainPulseError("BAD_REQUEST", `${JSON.stringify(cursor.slice(0, 100))} is no cursor of this list`, {
    fix: "Take the cursor from an earlier page of the same list.",
  });
}

export function cursorOf({ timeNs, key }: ListPlace): string {
  return `${timeNs}.${key}`;
}

/** Below 0 where `a` comes before `b` in the list: it is newer. */
export function comparePlaces(a: ListPlace, b: ListPlace): number {
  if (a.timeNs !== b.timeNs) return a.timeNs > b.timeNs ? -1 : 1;
  return a.key === b.key ? 0 : a.key > b.key ? -1 : 1;
}
