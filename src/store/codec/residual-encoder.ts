/**
 * Residuals, the small integers that remain of a column once its course is predicted, as a stream of prefix-coded classes, each
 * followed by the value's noise bits. Where zeros come in runs, a run is one symbol.
 *
 *      +-----------------+-------------------------+-----------------------+------------------+-------------+-------------+
 *      | detail bits :3  | first class, svarint,   | code lengths:         | bytes of stream 1| stream 1    | stream 2    |
 *      | run symbols :5  | number of them, varint  | runs, then classes    | varint           | first half  | second half |
 *      +-----------------+-------------------------+-----------------------+------------------+-------------+-------------+
 *
 *      stream: per symbol its code, then its noise bits, lowest bit first; 0 … 7 bits of padding
 *      run symbol i: 2^i + (i noise bits) zeros
 *
 * The code lengths are left out where there is one symbol: it takes no bits then. Two streams, because the place of each symbol depends
 * on the one before it: decoding two at a time takes two thirds of the time.
 *
 * Measured on the recorded hour (B/sample of all columns, the same predictions): this .379, of which the codes are 0.7 % longer than the
 * entropy of the classes; mini-blocks of 64 bit-packed values with exceptions .457, and .413 under zstd. Two to four codes for one column,
 * chosen by the value before or by the average so far, would save 0.5 to 0.7 %, for another look-up per value.
 */
import { coarserClass, leastOf, maxClasses } from "./classes.ts";
import { writeCodeLengths } from "./code-lengths.ts";
import { canonicalCodes, codeLengths, maxCodeBits } from "./prefix-code.ts";
import { cheapestModel, type Counted, countClasses, type Model, noiseBitsOfSymbol, runLength } from "./residual-model.ts";
import { scratchWords } from "./scratch.ts";
import { type ByteSink, byteSink, sunkBytes, writeByte, writeBytes, writeSignedVarint, writeVarint } from "./varint.ts";

/** A code and the noise of a value below `residualLimit`; no run has more. */
export const maxSymbolBits = maxCodeBits + 52;

/** Bound of residuals and of the offset that the decoder adds to them: their sum is then exact. */
export const residualLimit = 2 ** 52;

/** Integers, |value| < `residualLimit`; at least one. */
export function encodeResiduals(values: Float64Array): Uint8Array {
  const middle = values.length >> 1;
  const fine = fineScratch(values.length);
  const counted = countClasses(values, middle, fine);
  const model = cheapestModel(counted);
  const lengths = codeLengths(model.counts);
  const code: Code = { model, lengths, codes: canonicalCodes(lengths), fine, symbolOf: symbolsOf(counted, model) };
  const sink = byteSink(64 + 2 * values.length);
  writeModel(sink, model, lengths);
  const first = byteSink(values.length);
  writeSymbols(values, 0, middle, code, first);
  writeVarint(sink, first.length);
  writeBytes(sink, sunkBytes(first));
  writeSymbols(values, middle, values.length, code, sink);
  return sunkBytes(sink);
}

function writeModel(sink: ByteSink, model: Model, lengths: Uint8Array): void {
  writeByte(sink, model.detailBits | (model.runs << 3));
  writeSignedVarint(sink, model.firstClass);
  writeVarint(sink, lengths.length - model.runs);
  if (lengths.length > 1) writeCodeLengths(sink, lengths);
}

interface Code {
  readonly model: Model;
  readonly lengths: Uint8Array;
  readonly codes: Uint16Array;
  /** Per value its finest class + `maxClasses`, and by that its symbol. */
  readonly fine: Int32Array;
  readonly symbolOf: Int16Array;
}

const fineScratch = scratchWords();

function symbolsOf({ classes }: Counted, { detailBits, runs, firstClass }: Model): Int16Array {
  symbolScratch[maxClasses] = runs - firstClass;
  for (const klass of classes) symbolScratch[maxClasses + klass] = runs - firstClass + coarserClass(klass, detailBits);
  return symbolScratch;
}

const symbolScratch = new Int16Array(2 * maxClasses);

/** The hot loop of encoding: position and incomplete word are variables, because fields of an object cost twice the time. */
function writeSymbols(values: Float64Array, from: number, to: number, code: Code, sink: ByteSink): void {
  const { model, lengths, codes, fine, symbolOf } = code;
  const { detailBits, runs, firstClass } = model;
  const words = wordsScratch(Math.ceil(((to - from) * maxSymbolBits) / 32) + 1);
  const least = Float64Array.from(lengths, (_, symbol) => leastOf(firstClass + symbol - runs, detailBits));
  const noise = Uint8Array.from(lengths, (_, symbol) => noiseBitsOfSymbol(model, symbol));
  let position = 0;
  let pending = 0;
  for (let i = from; i < to; i++) {
    // In bounds: the model's symbols are those of these values.
    const value = values[i] ?? 0;
    let symbol: number;
    let rest: number;
    if (value === 0 && runs > 0) {
      const run = runLength(values, i, to);
      symbol = 31 - Math.clz32(run);
      rest = run - (1 << symbol);
      i += run - 1;
    } else {
      symbol = symbolOf[fine[i] ?? 0] ?? 0;
      rest = value - (least[symbol] ?? 0);
    }
    let bits = lengths[symbol] ?? 0;
    let field = codes[symbol] ?? 0;
    for (let noiseBits = noise[symbol] ?? 0; ;) {
      // As much of the noise as fits into 31 bits with what is there already; a word takes the rest of the field over.
      const part = Math.min(noiseBits, 31 - bits);
      const low = part === noiseBits ? rest : rest % 2 ** part;
      field |= low << bits;
      bits += part;
      const held = position & 31;
      pending |= field << held;
      position += bits;
      if (held + bits >= 32) {
        words[(position >>> 5) - 1] = pending;
        pending = held === 0 ? 0 : field >>> (32 - held);
      }
      noiseBits -= part;
      if (noiseBits === 0) break;
      rest = (rest - low) / 2 ** part;
      bits = 0;
      field = 0;
    }
  }
  words[position >>> 5] = pending;
  writeBytes(sink, new Uint8Array(words.buffer, 0, (position + 7) >>> 3));
}

const wordsScratch = scratchWords();
