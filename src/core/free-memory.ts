/**
 * Gives memory back when its owner knows that nobody needs it any more. The garbage collector counts what lies outside its heap, too, and
 * begins to mark everything for some megabytes of it that were garbage within a millisecond: 37 times in the ten seconds that four million
 * received samples take, with a tenth of all CPU time.
 */

/** The arrays, and all others in the same memory, are empty from then on. Memory that threads share stays as it is. */
export function freeMemory(...arrays: readonly ArrayBufferView[]): void {
  for (const { buffer } of arrays) if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
