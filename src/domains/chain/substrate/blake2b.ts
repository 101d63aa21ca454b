/**
 * BLAKE2b with 32 bytes: by it Substrate names extrinsics. Source: RFC 7693. OpenSSL has the variant with 64 bytes alone, whose beginning is another
 * hash. Written for brevity: 66 µs for 128 bytes, of which a signed extrinsic has two or three.
 */

const blockBytes = 128;
const hashBytes = 32;
const rounds = 12;
/** Digest length, no key, fanout and depth 1. Source: RFC 7693 §2.5. */
const parameters = 0x0101_0000n | BigInt(hashBytes);

/** Fractions of the square roots of the first primes. Source: RFC 7693 §2.6. */
const initial = BigUint64Array.of(
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
);

/** Which words of the message a round takes, one in each hex digit; after the tenth they begin anew. Source: RFC 7693 §2.7. */
const orders = [
  "0123456789abcdef",
  "ea489fd61c02b753",
  "b8c052fdae367194",
  "7931dcbe265a40f8",
  "905724afe1bc683d",
  "2c6a0b834d75fe19",
  "c51fed4a0763928b",
  "db7ec13950f4862a",
  "6fe9b308c2d714a5",
  "a2847615fb9e3cd0",
].map((digits) => Array.from(digits, (digit) => Number.parseInt(digit, 16)));

/** Columns, then diagonals: in each row of four words, as many further as the row says. Source: RFC 7693 §3.2. */
const quarters = [0, 1].flatMap((further) =>
  [0, 1, 2, 3].map((column) => {
    const at = (row: number): number => 4 * row + ((column + row * further) % 4);
    return [at(0), at(1), at(2), at(3)] as const;
  }),
);

/** 32 bytes, as lower-case hex without 0x. */
export function blake2b256(message: Uint8Array): string {
  const state = BigUint64Array.from(initial);
  state[0] = at(state, 0) ^ parameters;
  const block = Buffer.alloc(blockBytes);
  // An empty message has one block, too.
  const blocks = Math.max(1, Math.ceil(message.length / blockBytes));
  for (let index = 0; index < blocks; index++) {
    const end = Math.min(message.length, (index + 1) * blockBytes);
    block.fill(0).set(message.subarray(index * blockBytes, end));
    const words = BigUint64Array.from({ length: 16 }, (_, word) => block.readBigUInt64LE(8 * word));
    compress(state, words, BigInt(end), index === blocks - 1);
  }
  const hash = Buffer.alloc(8 * state.length);
  for (const [word, value] of state.entries()) hash.writeBigUInt64LE(value, 8 * word);
  return hash.toString("hex", 0, hashBytes);
}

/** `count`: bytes of the message up to this block's end. */
function compress(state: BigUint64Array, words: BigUint64Array, count: bigint, isLast: boolean): void {
  const work = BigUint64Array.of(...state, ...initial);
  work[12] = at(work, 12) ^ count;
  if (isLast) work[14] = ~at(work, 14);
  for (let round = 0; round < rounds; round++) {
    const order = orders[round % orders.length] ?? [];
    for (const [step, [a, b, c, d]] of quarters.entries()) {
      for (const [half, [first, second]] of rotations.entries()) {
        work[a] = at(work, a) + at(work, b) + at(words, order[2 * step + half] ?? 0);
        work[d] = rotate(at(work, d) ^ at(work, a), first);
        work[c] = at(work, c) + at(work, d);
        work[b] = rotate(at(work, b) ^ at(work, c), second);
      }
    }
  }
  for (const [word, value] of state.entries()) state[word] = value ^ at(work, word) ^ at(work, word + 8);
}

/** Of the two halves of a step. Source: RFC 7693 §2.1. */
const rotations = [[32n, 24n] as const, [16n, 63n] as const];

/** To the right. What is beyond 64 bits is cut off where it is written. */
function rotate(word: bigint, bits: bigint): bigint {
  return (word >> bits) | (word << (64n - bits));
}

function at(words: BigUint64Array, index: number): bigint {
  return words[index] ?? 0n;
}
