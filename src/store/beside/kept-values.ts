/** What a reader keeps of its files for those who ask next: bounded over all files together. */

/** Shared by the files of a reader. */
export class KeptBudget {
  readonly #bytesMax: number;
  readonly #owners = new Set<KeptValues<unknown>>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** `owner` keeps more; when all together keep too much, what those keep goes that got something longest ago. */
  account(owner: KeptValues<unknown>, bytes: number): void {
    this.#owners.delete(owner);
    this.#owners.add(owner);
    this.#bytes += bytes;
    for (const oldest of this.#owners) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#bytes -= oldest.drop();
      this.#owners.delete(oldest);
    }
  }
}

/** Values of one file by their numbers. */
export class KeptValues<T> {
  readonly #budget: KeptBudget;
  readonly #kept = new Map<number, T>();
  #bytes = 0;

  constructor(budget: KeptBudget) {
    this.#budget = budget;
  }

  get(id: number): T | undefined {
    return this.#kept.get(id);
  }

  set(id: number, value: T, bytes: number): void {
    this.#kept.set(id, value);
    this.#bytes += bytes;
    this.#budget.account(this, bytes);
  }

  /** Forgets what is kept; returns its bytes. */
  drop(): number {
    const bytes = this.#bytes;
    this.#kept.clear();
    this.#bytes = 0;
    return bytes;
  }
}
