/** What of a request was not stored, and why: counts by reason, each with the first one's words. */
import type { RefusalReason } from "../../../core/intake.ts";

export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

export class Refusals {
  readonly #byReason = new Map<RefusalReason, { count: number; readonly message: string }>();

  add({ reason, message }: Refusal, count: number): void {
    if (count === 0) return;
    const known = this.#byReason.get(reason);
    if (known === undefined) this.#byReason.set(reason, { count, message });
    else known.count += count;
  }

  get count(): number {
    return this.#byReason.values().reduce((sum, { count }) => sum + count, 0);
  }

  /** 0 where there are none. Where only room for series is missing, it may be there later; all else will never be taken. */
  get status(): 0 | 400 | 429 {
    if (this.#byReason.size === 0) return 0;
    return this.#byReason.size === 1 && this.#byReason.has("series_limit") ? 429 : 400;
  }

  *counts(): Generator<readonly [RefusalReason, number]> {
    for (const [reason, { count }] of this.#byReason) yield [reason, count];
  }

  /** `things`: what was counted. */
  text(things = "samples"): string {
    const parts = Array.from(this.#byReason.values(), ({ count, message }) => `${count} because ${message}`);
    return `${this.count} ${things} were not stored: ${parts.join("; ")}`;
  }
}
