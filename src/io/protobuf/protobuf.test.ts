import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ProtobufError } from "./protobuf-error.ts";
import { ProtoReader } from "./reader.ts";
import { wireType } from "./wire-type.ts";
import { ProtoWriter } from "./writer.ts";

function written(write: (writer: ProtoWriter) => void): ProtoReader {
  const writer = new ProtoWriter(1);
  write(writer);
  return new ProtoReader(writer.finish());
}

// What breaks: samples and spans that are sent to us, or by us, arrive as other ones.
describe("what is written is read", () => {
  test("whole numbers of each kind", () => {
    const safe = fc.maxSafeInteger();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 29 - 1 }),
        safe,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (field, whole, big) => {
          const half = Math.trunc(whole / 2) + 0; // Not −0.
          const reader = written((writer) => {
            writer.uint(field, Math.abs(whole));
            writer.int(field, whole);
            writer.sint(field, half);
            writer.bigUint(field, big);
            writer.bigUint(field, big);
            writer.bigFixed64(field, big);
            writer.fixed32(field, Number(big & 0xffffffffn));
            writer.bool(field, whole > 0);
            writer.int(field, half | 0);
            writer.sint(field, half | 0);
          });
          const read = <Value>(value: () => Value): Value => {
            assert.ok(reader.next());
            assert.equal(reader.field, field);
            return value();
          };
          assert.equal(
            read(() => reader.uint64AsNumber()),
            Math.abs(whole),
          );
          assert.equal(
            read(() => reader.int64AsNumber()),
            whole,
          );
          assert.equal(
            read(() => reader.sint64AsNumber()),
            half,
          );
          assert.equal(
            read(() => reader.bigUint64()),
            big,
          );
          assert.equal(
            read(() => reader.bigInt64()),
            BigInt.asIntN(64, big),
          );
          assert.equal(
            read(() => reader.bigFixed64()),
            big,
          );
          assert.equal(
            read(() => reader.fixed32()),
            Number(big & 0xffffffffn),
          );
          assert.equal(
            read(() => reader.bool()),
            whole > 0,
          );
          assert.equal(
            read(() => reader.int32()),
            half | 0,
          );
          assert.equal(
            read(() => reader.sint32()),
            half | 0,
          );
          assert.equal(reader.next(), false);
        },
      ),
    );
  });

  test("texts, bytes and messages in messages, of any length", () => {
    const value = fc.tuple(fc.string({ unit: "grapheme", maxLength: 200 }), fc.uint8Array({ maxLength: 300 }), fc.double());
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const reader = written((writer) => {
          for (const [text, bytes, number] of values) {
            const outer = writer.begin(1);
            const inner = writer.begin(2);
            writer.string(3, text);
            writer.bytes(4, bytes);
            writer.end(inner);
            writer.double(5, number);
            writer.end(outer);
          }
        });
        const found: unknown[] = [];
        while (reader.next()) {
          const outer = reader.enter();
          assert.ok(reader.next());
          const inner = reader.enter();
          assert.ok(reader.next());
          const text = reader.string();
          assert.ok(reader.next());
          const bytes = Uint8Array.from(reader.bytesValue());
          assert.equal(reader.next(), false);
          reader.leave(inner);
          assert.ok(reader.next());
          found.push([text, bytes, reader.double()]);
          reader.leave(outer);
        }
        // Lone surrogates cannot be written as UTF-8, and graphemes have none.
        assert.deepEqual(found, values);
      }),
    );
  });

  test("lists, packed or not", () => {
    const numbers = [0, 1, 127, 128, 2 ** 32, 2 ** 52];
    const reader = written((writer) => {
      const packed = writer.begin(1);
      for (const number of numbers) writer.varint(number);
      writer.end(packed);
      for (const number of numbers) writer.uint(1, number);
      const signed = writer.begin(2);
      for (const number of numbers) writer.zigzag(-number);
      writer.end(signed);
      const doubles = writer.begin(3);
      for (const number of numbers) writer.packedDouble(number / 3);
      writer.end(doubles);
      writer.double(3, -0);
    });
    const lists: [number[], number[], number[]] = [[], [], []];
    while (reader.next()) {
      if (reader.field === 1) reader.uint64s(lists[0], 100);
      else if (reader.field === 2) reader.sint64s(lists[1], 100);
      else reader.doubles(lists[2], 100);
    }
    assert.deepEqual(lists[0], [...numbers, ...numbers]);
    assert.deepEqual(
      lists[1],
      numbers.map((number) => -number || 0),
    );
    assert.deepEqual(lists[2], [...numbers.map((number) => number / 3), -0]);
  });

  test("a NaN keeps its payload", () => {
    const reader = written((writer) => writer.fixed64(2, 0x00000002, 0x7ff00000));
    assert.ok(reader.next());
    reader.fixed64();
    assert.deepEqual([reader.low, reader.high], [0x00000002, 0x7ff00000]);
  });
});

/** Reads whatever there is by whatever method fits or does not; all of it ends or is refused. */
function readAnything(reader: ProtoReader, choices: readonly number[], depth: number): void {
  for (let step = 0; reader.next(); step++) {
    switch (choices[step % choices.length]) {
      case 0:
        reader.skip();
        break;
      case 1:
        reader.uint64AsNumber();
        break;
      case 2:
        reader.string();
        break;
      case 3:
        reader.fixed64();
        break;
      case 4:
        reader.uint32s([], 1000);
        break;
      case 5:
        reader.doubles([], 1000);
        break;
      default: {
        if (depth === 0) return;
        const outer = reader.enter();
        readAnything(reader, choices, depth - 1);
        reader.leave(outer);
      }
    }
  }
}

// What breaks: one hostile request takes the intake down, or reads what was not sent.
describe("hostile bytes", () => {
  test("are read or refused, and nothing else", () => {
    const choices = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 8 });
    // Mostly small bytes: tags that exist, lengths that nearly fit.
    const byte = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), choices, (bytes, steps) => {
        try {
          readAnything(new ProtoReader(Uint8Array.from(bytes)), steps, 4);
        } catch (error) {
          assert.ok(error instanceof ProtobufError, String(error));
          assert.ok(error.offset <= bytes.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  const refused: Readonly<Record<string, readonly [readonly number[], (reader: ProtoReader) => unknown]>> = {
    "a number that does not end": [[0x08, 0x80], (reader) => reader.uint32()],
    "a number of eleven bytes": [[0x08, ...Array.from({ length: 10 }, () => 0x80), 0], (reader) => reader.uint32()],
    "a number of more than 64 bits": [[0x08, ...Array.from({ length: 9 }, () => 0xff), 2], (reader) => reader.uint32()],
    "a length of 4 GiB": [[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], (reader) => reader.bytesValue()],
    "a length of 2^63": [[0x0a, ...Array.from({ length: 9 }, () => 0x80), 1], (reader) => reader.enter()],
    "a length beyond the nested message": [
      [0x0a, 2, 0x0a, 9, 1, 1, 1, 1, 1, 1, 1, 1],
      (reader) => {
        reader.enter();
        reader.next();
        reader.string();
      },
    ],
    "a double cut short": [[0x09, 1, 2, 3], (reader) => reader.double()],
    "another wire type": [[0x08, 1], (reader) => reader.string()],
    "a group": [[0x0b], (reader) => reader.skip()],
    "field 0": [[0x02, 0], (reader) => reader.skip()],
    "no UTF-8": [[0x0a, 1, 0xff], (reader) => reader.string()],
    "more values than allowed": [[0x0a, 3, 1, 1, 1], (reader) => reader.uint32s([], 2)],
  };
  for (const [name, [bytes, read]] of Object.entries(refused)) {
    test(name, () => {
      assert.throws(() => {
        const reader = new ProtoReader(Uint8Array.from(bytes));
        reader.next();
        read(reader);
      }, ProtobufError);
    });
  }

  test("the character that stands for a broken one is a character", () => {
    const reader = written((writer) => writer.string(1, "a\ufffdb"));
    assert.ok(reader.next());
    assert.equal(reader.wire, wireType.bytes);
    assert.equal(reader.string(), "a\ufffdb");
  });
});
