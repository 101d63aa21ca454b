/**
 * Classes of integers: what is worth an entropy code of its own, and what is noise. A value's class is its sign, its magnitude's
 * highest bit, and some bits after that one; the bits below are written as they are. So a class holds the values of an interval:
 *
 *      2 bits after the highest:   0  1  2  3  4  5  6  7  8–9  10–11  12–13  14–15  16–19  20–23 …
 *      class                       0  1  2  3  4  5  6  7   8     9     10     11     12     13   …
 *
 * Class −1 − c holds −1 − x for each x of class c, so that −1 is class −1. As exponential Golomb codes and JPEG's coefficients do it.
 */

/** Bits after the highest that may tell classes apart. More of them made the tables larger than the gain on every recorded column. */
export const maxDetailBits = 4;

/** Classes of one sign at most, with 53 bits of magnitude. */
export const maxClasses = (53 - maxDetailBits + 1) << maxDetailBits;

/** The class of an integer, |value| < 2^53. */
export function classOf(value: number, detailBits: number): number {
  const negative = value < 0;
  const x = negative ? -1 - value : value;
  const top = x < 2 ** 32 ? 31 - Math.clz32(x) : 63 - Math.clz32(x / 2 ** 32);
  let index: number;
  if (top < detailBits) index = x;
  else {
    const shift = top - detailBits;
    const head = x < 2 ** 32 ? x >>> shift : Math.floor(x / 2 ** shift);
    index = (shift << detailBits) + head;
  }
  return negative ? -1 - index : index;
}

/** How many bits a value of the class has beyond it. */
export function noiseBitsOf(klass: number, detailBits: number): number {
  const index = klass < 0 ? -1 - klass : klass;
  return Math.max(0, (index >> detailBits) - 1);
}

/** The class with fewer bits of detail that holds all of one with `maxDetailBits`: `classOf(leastOf(klass), detailBits)`, in integers. */
export function coarserClass(klass: number, detailBits: number): number {
  const index = klass < 0 ? -1 - klass : klass;
  const fineShift = Math.max(0, (index >> maxDetailBits) - 1);
  const head = index - (fineShift << maxDetailBits);
  const headShift = Math.max(0, 31 - Math.clz32(head) - detailBits);
  const coarse = ((fineShift + headShift) << detailBits) + (head >> headShift);
  return klass < 0 ? -1 - coarse : coarse;
}

/** The least value of the class: the others follow it. */
export function leastOf(klass: number, detailBits: number): number {
  const index = klass < 0 ? -1 - klass : klass;
  const noiseBits = noiseBitsOf(klass, detailBits);
  const width = 2 ** noiseBits;
  const least = (index - (noiseBits << detailBits)) * width;
  return klass < 0 ? -least - width : least;
}
