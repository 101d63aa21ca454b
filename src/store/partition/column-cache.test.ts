import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Block, encodeBlock, openBlock, seriesPerBlock } from "../codec/block.ts";
import { ColumnCache } from "./column-cache.ts";

const rows = 100;

function fullBlock(): Block {
  const timestampsMs = Float64Array.from({ length: rows }, (_, row) => 1000 * row);
  const columns = Array.from({ length: seriesPerBlock }, (_, slot) => {
    const values = Float64Array.from({ length: rows }, (_, row) => row * slot);
    return { slot, present: null, words: new Uint32Array(values.buffer) };
  });
  return openBlock(encodeBlock(timestampsMs, columns));
}

describe("the cache of decoded columns", () => {
  it("takes memory for what it does not have, and for no more", () => {
    // Wrong: the cache takes up to thirty times the memory that it counts.
    const cache = new ColumnCache(2 ** 20);
    const block = fullBlock();
    const most = cache.of("a", seriesPerBlock - 1, () => block);
    for (let slot = 0; slot < seriesPerBlock - 1; slot++) most(slot);
    const all = cache.of("a", seriesPerBlock, () => block);
    const columns = Array.from({ length: seriesPerBlock }, (_, slot) => all(slot));
    assert.equal(columns.at(-1)?.values.buffer.byteLength, Float64Array.BYTES_PER_ELEMENT * rows);
  });

  it("lets the block go that was not asked for longest", () => {
    // Wrong: a dashboard decodes again what it has just shown, or the memory has no bound.
    const block = fullBlock();
    const cache = new ColumnCache(5000);
    let opened = 0;
    const ask = (key: string): void => {
      cache.of(key, 1, () => {
        opened++;
        return block;
      })(1);
    };
    // A column of 100 samples counts for 1,900 bytes: two have room.
    for (const key of ["a", "b", "a", "c", "a"]) ask(key);
    assert.equal(opened, 3);
    ask("b");
    assert.equal(opened, 4);
  });

  it("lets go what nobody has asked for in minutes", () => {
    // Wrong: a node's rules fill the cache to its bound with blocks that nobody asks for again.
    const block = fullBlock();
    let nowMs = 0;
    const cache = new ColumnCache(2 ** 20, undefined, () => nowMs);
    let opened = 0;
    const ask = (key: string): void => {
      cache.of(key, 1, () => {
        opened++;
        return block;
      })(1);
    };
    for (const key of ["a", "b"]) ask(key);
    for (nowMs = 0; nowMs <= 400_000; nowMs += 100_000) ask("b");
    assert.equal(opened, 2);
    ask("a");
    assert.equal(opened, 3);
    ask("b");
    assert.equal(opened, 3);
  });
});
