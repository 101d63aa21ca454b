/** Memory that many take from at once, and of which there should not be more than so much in sum. */

export interface ByteBudget {
  /** What is taken must be given back, also when it was too much. */
  take(bytes: number): void;
  give(bytes: number): void;
  /** Whether more is taken than there is. */
  readonly exceeded: boolean;
}

export function createByteBudget(bytesMax: number): ByteBudget {
  let taken = 0;
  return {
    take(bytes) {
      taken += bytes;
    },
    give(bytes) {
      taken -= bytes;
    },
    get exceeded() {
      return taken > bytesMax;
    },
  };
}
