/** Pauses between tries to reach another server, where many nodes may have lost the same one. */

const pauseMs = { first: 500, longest: 30_000 };

/** Pauses that double up to half a minute; half of each is chance, so that many agents do not come back at once. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random`: from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** After one more failure, ms; `atLeastMs`: what the other side asks for, which is added. */
  next(atLeastMs = 0): number {
    const waitMs = Math.min(pauseMs.longest, pauseMs.first * 2 ** Math.min(this.#failures++, 16));
    return atLeastMs + waitMs * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
