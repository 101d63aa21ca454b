/** Memory for the values of series, one number per step: an array of its own for each costs more than what is computed into it. */

/** Gives an array whose content means nothing yet. */
export type ValueMemory = () => Float64Array;

/** Makes the memory for series of so many steps. */
export type MakeMemory = (count: number) => ValueMemory;

/** Largest piece, bytes: by then it does not matter that making one takes time. */
const pieceBytesMax = 262_144;

/** A new array each time, several of them in one piece of memory; the pieces grow, because most vectors have few series. */
export function freshMemory(count: number): ValueMemory {
  const perPieceMax = Math.max(1, Math.floor(pieceBytesMax / (8 * count)));
  let perPiece = 1;
  let piece = new Float64Array(count);
  let used = 0;
  return () => {
    if (used === piece.length) {
      perPiece = Math.min(2 * perPiece, perPieceMax);
      piece = new Float64Array(count * perPiece);
      used = 0;
    }
    used += count;
    return piece.subarray(used - count, used);
  };
}

/** The same array each time, for who has done with one series when the next one comes. */
export function reusedMemory(count: number): ValueMemory {
  const values = new Float64Array(count);
  return () => values;
}
