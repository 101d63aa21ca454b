/**
 * Whether the wall clock is to be believed where something is deleted for its age: a wrong clock must not delete what is still wanted. It is
 * compared with the monotonic clock from the start on; what was wrong before nobody can tell.
 */
import type { Clock } from "../core/clock.ts";

/** A wall clock that gains more than this on the monotonic one has been set, ms. */
const jumpMs = 3_600_000;

export class ClockGuard {
  readonly #clock: Clock;
  readonly #onJump: (gainedMs: number) => void;
  /** Wall clock minus monotonic clock, at the start. */
  readonly #offsetMs: number;
  #jumped = false;

  /** `onJump`: called the first time that the clock is not believed. */
  constructor(clock: Clock, onJump: (gainedMs: number) => void = () => undefined) {
    this.#clock = clock;
    this.#onJump = onJump;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  /** `nowMs`: what the wall clock says. */
  trusts(nowMs: number): boolean {
    const gainedMs = nowMs - this.#clock.monotonicMs() - this.#offsetMs;
    if (gainedMs <= jumpMs) return true;
    if (!this.#jumped) this.#onJump(gainedMs);
    this.#jumped = true;
    return false;
  }
}
