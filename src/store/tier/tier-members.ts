/** Which series the tiers have. */
import type { SeriesRef } from "../../core/storage.ts";
import { isMember } from "./tier-schema.ts";

export interface TierMembers {
  readonly has: (ref: SeriesRef) => boolean;
  /** Infinity without tiers. */
  readonly fromMs: number;
}

/** Union of the members of chunks. */
export class MemberSet {
  #bits = new Uint8Array(0);

  readonly has = (ref: SeriesRef): boolean => isMember(this.#bits, ref);

  add(members: Uint8Array): void {
    if (members.length > this.#bits.length) {
      const longer = new Uint8Array(members.length);
      longer.set(this.#bits);
      this.#bits = longer;
    }
    for (const [i, byte] of members.entries()) this.#bits[i] = (this.#bits[i] ?? 0) | byte;
  }
}
