/**
 * Prefix codes (Huffman 1952) of limited length, canonical as in RFC 1951 §3.2.2: the lengths say everything. Codes are written
 * highest bit first into a stream that goes lowest bit first, hence reversed; decoding is one look into a table.
 *
 * Prefix codes and no arithmetic coding: on the recorded hour they cost 0.7 % of a block's bytes more than the entropy, and one look-up
 * per value is what decoding can afford.
 */
import { DamagedFileError } from "../database.ts";

/** The table then has 1,024 entries, which takes less than decoding a column. With 11 bits blocks are 0.04 % smaller, with 9 0.14 % larger. */
export const maxCodeBits = 10;

/** More symbols have no code of that length. */
export const maxUsedSymbols = 2 ** maxCodeBits;

/**
 * Lengths of the codes for symbols that occur `counts` times, 0 where never. Where one symbol alone occurs, its code is one bit; where
 * there is no other one, it is none at all. At most `maxUsedSymbols` of them may occur.
 */
export function codeLengths(counts: ArrayLike<number>): Uint8Array {
  const lengths = new Uint8Array(counts.length);
  const used: number[] = [];
  for (let symbol = 0; symbol < counts.length; symbol++) if (at(counts, symbol) > 0) used.push(symbol);
  if (used.length < 2) {
    for (const symbol of used) lengths[symbol] = counts.length === 1 ? 0 : 1;
    return lengths;
  }
  if (used.length > maxUsedSymbols) throw new RangeError(`${used.length} symbols have no code of ${maxCodeBits} bits`);
  // Halving makes rare symbols more frequent than they are, and so their codes shorter; ends at the latest with equal counts.
  for (let halvings = 0; ; halvings++) {
    const weights = used.map((symbol) => Math.max(1, Math.floor(at(counts, symbol) / 2 ** halvings)));
    const depths = treeDepths(weights);
    if (depths.some((depth) => depth > maxCodeBits)) continue;
    for (const [index, symbol] of used.entries()) lengths[symbol] = at(depths, index);
    return lengths;
  }
}

/** Depth of each leaf in the tree of least weighted length: two queues in ascending weight, the two lightest nodes are joined. */
function treeDepths(weights: readonly number[]): Uint8Array {
  const leaves = weights.length;
  const order = new Uint16Array(leaves);
  for (let i = 1; i < leaves; i++) order[i] = i;
  order.sort((a, b) => at(weights, a) - at(weights, b));
  const weight = new Float64Array(2 * leaves - 1);
  const parent = new Uint16Array(2 * leaves - 1);
  for (let i = 0; i < leaves; i++) weight[i] = at(weights, at(order, i));
  let leaf = 0;
  let joined = leaves;
  for (let node = leaves; node < weight.length; node++) {
    const lightest = (): number =>
      leaf < leaves && (joined === node || at(weight, leaf) <= at(weight, joined)) ? leaf++ : joined++;
    const first = lightest();
    const second = lightest();
    weight[node] = at(weight, first) + at(weight, second);
    parent[first] = node;
    parent[second] = node;
  }
  const depth = new Uint8Array(weight.length);
  for (let node = weight.length - 2; node >= 0; node--) depth[node] = at(depth, at(parent, node)) + 1;
  const depths = new Uint8Array(leaves);
  for (let i = 0; i < leaves; i++) depths[at(order, i)] = at(depth, i);
  return depths;
}

/** The symbols' codes, ready to be written lowest bit first. */
export function canonicalCodes(lengths: Uint8Array): Uint16Array {
  const codes = new Uint16Array(lengths.length);
  forEachCode(lengths, (symbol, code, length) => (codes[symbol] = reversed(code, length)));
  return codes;
}

/**
 * Fills `table` so that the next `bits` bits of a stream lead to their symbol's entry; returns `bits`, the longest length. The first
 * `count` lengths count. Throws `DamagedFileError` where they are no complete code, so that every entry is filled and no read can miss.
 */
export function fillDecodeTable(
  lengths: Uint8Array,
  entries: Int32Array,
  table: Int32Array,
  count: number = lengths.length,
): number {
  if (count === 1) {
    table[0] = at(entries, 0);
    return 0;
  }
  let bits = 0;
  for (let symbol = 0; symbol < count; symbol++) if (at(lengths, symbol) > bits) bits = at(lengths, symbol);
  if (bits === 0 || bits > maxCodeBits) throw new DamagedFileError("a code in a block has a wrong length");
  let room = 1 << bits;
  for (let symbol = 0; symbol < count; symbol++) {
    const length = at(lengths, symbol);
    if (length > 0) room -= 1 << (bits - length);
  }
  // A symbol alone leaves half of the room, which its entry takes as well.
  const alone = bits === 1 && room === 1;
  if (room !== 0 && !alone) throw new DamagedFileError("a block's code is not complete");
  // As `forEachCode`, written out: with a call per symbol this takes twice as long.
  const next = firstCodes(lengths, count);
  const size = 1 << bits;
  for (let symbol = 0; symbol < count; symbol++) {
    const length = at(lengths, symbol);
    if (length === 0) continue;
    const code = at(next, length);
    next[length] = code + 1;
    const entry = at(entries, symbol);
    const step = 1 << length;
    for (let index = reversed(code, length); index < size; index += step) table[index] = entry;
    if (alone) table[1] = entry;
  }
  return bits;
}

/** Calls `use` per symbol that has a code: among equal lengths codes ascend with the symbols, and shorter ones come first. */
function forEachCode(lengths: Uint8Array, use: (symbol: number, code: number, length: number) => void): void {
  const next = firstCodes(lengths, lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = at(lengths, symbol);
    if (length === 0) continue;
    const code = at(next, length);
    next[length] = code + 1;
    use(symbol, code, length);
  }
}

/** What `firstCodes` gives: it is gone with the next call. */
const firstCodesScratch = new Uint16Array(maxCodeBits + 2);

/** The first code of each length, RFC 1951 §3.2.2, step 2. */
function firstCodes(lengths: Uint8Array, count: number): Uint16Array {
  const next = firstCodesScratch.fill(0);
  for (let symbol = 0; symbol < count; symbol++) {
    const length = at(lengths, symbol);
    if (length > 0) next[length + 1] = at(next, length + 1) + 1;
  }
  for (let length = 1; length <= maxCodeBits; length++) next[length + 1] = 2 * (at(next, length) + at(next, length + 1));
  return next;
}

/** Every number of `maxCodeBits` bits from its other end. */
const reversals = Uint16Array.from({ length: 2 ** maxCodeBits }, (_, code) => {
  let result = 0;
  for (let bit = 0; bit < maxCodeBits; bit++) result |= ((code >>> bit) & 1) << (maxCodeBits - 1 - bit);
  return result;
});

function reversed(code: number, length: number): number {
  return at(reversals, code) >>> (maxCodeBits - length);
}

function at(values: ArrayLike<number>, index: number): number {
  // Callers' indices come from the arrays' own lengths.
  return values[index] ?? 0;
}
