import assert from "node:assert/strict";
import { it } from "node:test";
import { decodeColumn, openBlock } from "./block.ts";
import { DamagedFileError } from "../database.ts";
import { bitsOf } from "../temporary-store.test-support.ts";

/** Written by the encoder of version 1: six rows, slot 3 in all of them, slot 40 in rows 1 and 4. */
const captured =
  "0101000000000000c51df7b30600000008000000000100000000000000408f4018000000490000005b00000028b52ffd205b850100640200e8e8dcf4ef00" +
  "0303050103000202010100f000f0f8bd003f40ffff3f0112000200f0003f400310008a256af217";

it("reads a block of version 1", () => {
  // After an update, everything that was recorded before it would be gone.
  const bytes = Buffer.from(captured, "hex");
  const block = openBlock(bytes);
  const all = decodeColumn(block, 3);
  assert.deepEqual([...(all?.timestampsMs ?? [])], [1000, 2000, 3000, 4500, 5000, 6007]);
  assert.deepEqual(bitsOf(all?.values ?? new Float64Array()), [
    "0",
    "3ff0000000000000",
    "7ff0000000000002",
    "8000000000000000",
    "7ff8000000000001",
    "4045000000000000",
  ]);
  const some = decodeColumn(block, 40);
  assert.deepEqual([...(some?.timestampsMs ?? [])], [2000, 5000]);
  assert.deepEqual(bitsOf(some?.values ?? new Float64Array()), ["3ff0000000000000", "7ff0000000000002"]);
  assert.equal(decodeColumn(block, 4), null);

  for (let at = 0; at < bytes.length; at++) {
    // Version 1 does not read its reserved bytes.
    if (at >= 2 && at < 8) continue;
    const damaged = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 0x10 : byte));
    assert.throws(() => openBlock(damaged), DamagedFileError, `byte ${at}`);
  }
});
