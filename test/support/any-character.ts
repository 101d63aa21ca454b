/** Characters for properties of whatever takes text. */
import fc from "fast-check";

/** Any code point but halves of surrogate pairs. The library's own unit "binary" is the same, and takes 1.5 s of each process to be made. */
export const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
