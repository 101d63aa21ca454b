/**
 * How much of what has come in is unpacked at once: a body that unpacks to five hundred times its length is a few bytes while it waits, and
 * dozens of them at work would take more memory than there is. Requests begin in the order in which they came.
 */

/** What `weigh` was told of each request that runs counts until it is answered. */
export class UnpackedGate {
  readonly #maxBytes: number;
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;
  /** One was let in, and has not said yet how large it is. */
  #isLettingIn = false;

  /** Beyond `maxBytes` nothing more begins; so they are exceeded by one request at most. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Runs the work when it is its turn. It unpacks and weighs before it first waits for anything. */
  async run<T>(work: (weigh: (bytes: number) => void) => Promise<T>): Promise<T> {
    await this.#turn();
    this.#isLettingIn = false;
    let own = 0;
    try {
      const running = work((bytes) => {
        own += bytes;
        this.#bytes += bytes;
      });
      this.#letIn();
      return await running;
    } finally {
      this.#bytes -= own;
      this.#letIn();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#letIn();
    });
  }

  #letIn(): void {
    if (this.#isLettingIn || this.#bytes >= this.#maxBytes) return;
    const next = this.#waiting.shift();
    this.#isLettingIn = next !== undefined;
    next?.();
  }
}
