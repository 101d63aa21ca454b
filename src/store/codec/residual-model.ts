/**
 * The model of a column's residuals: how fine the classes are, whether zeros are counted in runs, and how often each symbol occurs. The
 * values are looked at once, with the finest classes; everything else is sums over those.
 */
import { classOf, coarserClass, maxClasses, maxDetailBits, noiseBitsOf } from "./classes.ts";
import { maxUsedSymbols } from "./prefix-code.ts";

/** Runs of up to 2^20 − 1 zeros are one symbol; a block has 2^14 rows at most, a longer run is two symbols. */
export const maxRunSymbols = 20;

/** A code to be written: symbols are run symbols 0 … runs − 1, then the classes from `firstClass` on. */
export interface Model {
  readonly detailBits: number;
  readonly runs: number;
  readonly firstClass: number;
  readonly counts: Uint32Array;
}

/** Bits that follow the symbol's code. */
export function noiseBitsOfSymbol({ runs, firstClass, detailBits }: Model, symbol: number): number {
  return symbol < runs ? symbol : noiseBitsOf(firstClass + symbol - runs, detailBits);
}

/** Zeros from `start` on, as far as one symbol reaches. */
export function runLength(values: Float64Array, start: number, to: number): number {
  const end = Math.min(to, start + 2 ** maxRunSymbols - 1);
  let i = start + 1;
  while (i < end && values[i] === 0) i++;
  return i - start;
}

/** What occurs in some values. Zeros are in `zeros` and `runCounts`, and not among the classes. */
export interface Counted {
  /** The finest ones, ascending. */
  readonly classes: Int16Array;
  readonly counts: Uint32Array;
  readonly zeros: number;
  readonly runCounts: Uint32Array;
}

/** Puts each value's finest class + `maxClasses` into `kept`. A run ends at `middle`, where the second stream begins. */
export function countClasses(values: Float64Array, middle: number, kept: Int32Array): Counted {
  const fine = fineCounts;
  const runCounts = new Uint32Array(maxRunSymbols);
  let zeros = 0;
  let least = fine.length;
  let greatest = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value === 0) {
      const run = runLength(values, i, i < middle ? middle : values.length);
      const symbol = 31 - Math.clz32(run);
      runCounts[symbol] = (runCounts[symbol] ?? 0) + 1;
      zeros += run;
      kept.fill(maxClasses, i, i + run);
      i += run - 1;
      continue;
    }
    const index = maxClasses + classOf(value, maxDetailBits);
    kept[i] = index;
    fine[index] = (fine[index] ?? 0) + 1;
    if (index < least) least = index;
    if (index > greatest) greatest = index;
  }
  return { ...takeCounts(least, greatest), zeros, runCounts };
}

/** By the finest class + `maxClasses`; all 0 between two uses: short columns have few of the classes, and must not look at all. */
const fineCounts = new Uint32Array(2 * maxClasses);

/** The classes that were counted, and their counts, which are 0 again. */
function takeCounts(least: number, greatest: number): Pick<Counted, "classes" | "counts"> {
  const room = Math.max(0, greatest - least + 1);
  const classes = new Int16Array(room);
  const counts = new Uint32Array(room);
  let used = 0;
  for (let index = least; index <= greatest; index++) {
    const count = fineCounts[index] ?? 0;
    if (count === 0) continue;
    classes[used] = index - maxClasses;
    counts[used++] = count;
    fineCounts[index] = 0;
  }
  return { classes: classes.subarray(0, used), counts: counts.subarray(0, used) };
}

/** The model with which the counted values take the fewest bits. Coarser classes are unions of their finer neighbours. */
export function cheapestModel(counted: Counted): Model {
  const runs = 1 + counted.runCounts.findLastIndex((count) => count > 0);
  let best = modelOf(counted, 0, 0);
  let bestBits = Infinity;
  for (let detailBits = 0; detailBits <= maxDetailBits; detailBits++) {
    const before = bestBits;
    for (let variant = 0; variant < (runs > 0 ? 2 : 1); variant++) {
      const model = modelOf(counted, detailBits, variant * runs);
      const bits = bitsOf(model) * (variant === 0 ? 1 : runsHandicap);
      if (bits < bestBits) [best, bestBits] = [model, bits];
    }
    // Once finer classes do not pay for their table, still finer ones do not either.
    if (bestBits === before) break;
  }
  // Without bits of detail there are less than 200 symbols, so that one of the costs was finite.
  return best;
}

/** Streams with runs decode at half the speed: not for a few zeros. */
const runsHandicap = 1.02;

function modelOf({ classes, counts: fine, zeros, runCounts }: Counted, detailBits: number, runs: number): Model {
  const zeroIsClass = runs === 0 && zeros > 0;
  if (classes.length === 0 && !zeroIsClass) return { detailBits, runs, firstClass: 0, counts: runCounts.slice(0, runs) };
  const lowest = classes.length === 0 ? 0 : coarserClass(at(classes, 0), detailBits);
  const highest = classes.length === 0 ? 0 : coarserClass(at(classes, classes.length - 1), detailBits);
  const firstClass = zeroIsClass ? Math.min(0, lowest) : lowest;
  const lastClass = zeroIsClass ? Math.max(0, highest) : highest;
  const counts = new Uint32Array(runs + lastClass - firstClass + 1);
  for (let i = 0; i < runs; i++) counts[i] = at(runCounts, i);
  for (let i = 0; i < classes.length; i++) {
    const symbol = runs + coarserClass(at(classes, i), detailBits) - firstClass;
    counts[symbol] = (counts[symbol] ?? 0) + at(fine, i);
  }
  // Not −firstClass: −0 is no index that compiled code knows, and it would be thrown away each time.
  if (zeroIsClass) counts[0 - firstClass] = zeros;
  return { detailBits, runs, firstClass, counts };
}

/** About what the symbols take, a bit at least each, with their noise and the table; `Infinity` where there are too many for a code. */
function bitsOf(model: Model): number {
  let total = 0;
  for (const count of model.counts) total += count;
  let bits = 4 * model.counts.length;
  let used = 0;
  for (let symbol = 0; symbol < model.counts.length; symbol++) {
    const count = at(model.counts, symbol);
    if (count === total) return bits + count * noiseBitsOfSymbol(model, symbol);
    if (count === 0) continue;
    used++;
    bits += count * (noiseBitsOfSymbol(model, symbol) + Math.max(1, Math.log2(total / count)));
  }
  return used > maxUsedSymbols ? Infinity : bits;
}

function at(values: ArrayLike<number>, index: number): number {
  // Indices come from the arrays' own lengths, or from classes that were counted.
  return values[index] ?? 0;
}
