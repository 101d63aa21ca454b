import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { SeriesHandle } from "../../../core/collector.ts";
import { openNamedLines, openPairedLines } from "./counter-table.ts";

/** Handles that record what is set under `protocol counter`. */
function recorder(wanted: (key: string) => boolean = () => true) {
  const values: Record<string, number> = {};
  const resolve = (protocol: string, counter: string): SeriesHandle | null => {
    const key = `${protocol} ${counter}`;
    return wanted(key) ? { set: (value) => void (values[key] = value), release: () => undefined } : null;
  };
  return { values, resolve };
}

const word = fc.stringMatching(/^[A-Z][a-zA-Z]{0,12}$/);
const table = fc.uniqueArray(
  fc.tuple(word, fc.uniqueArray(fc.tuple(word, fc.nat()), { minLength: 1, maxLength: 6, selector: ([name]) => name })),
  {
    maxLength: 5,
    selector: ([protocol]) => protocol,
  },
);

test("every counter is found under its own name, in any layout", () => {
  // Retransmissions would be shown as something else after a kernel upgrade if this fails.
  fc.assert(
    fc.property(table, (protocols) => {
      const { values, resolve } = recorder();
      const text = protocols
        .map(([protocol, counters]) => {
          const line = (cells: readonly unknown[]): string => `${protocol}: ${cells.join(" ")}\n`;
          return line(counters.map(([name]) => name)) + line(counters.map(([, value]) => value));
        })
        .join("");
      const read = openPairedLines(resolve);
      assert.equal(read(text), true);
      assert.equal(read(text), true);
      const expected = protocols.flatMap(([protocol, counters]) =>
        counters.map(([name, value]) => [`${protocol} ${name}`, value] as const),
      );
      assert.deepEqual(values, Object.fromEntries(expected));
    }),
  );
});

test("a negative number is a value (Tcp MaxConn is −1)", () => {
  // The columns after it would shift if this fails.
  const { values, resolve } = recorder();
  openPairedLines(resolve)("Tcp: MaxConn InSegs\nTcp: -1 5\n");
  assert.deepEqual(values, { "Tcp MaxConn": -1, "Tcp InSegs": 5 });
});

test("lines that are no pair are refused", () => {
  // Numbers of one protocol would count for another if this fails.
  const { values, resolve } = recorder();
  assert.equal(openPairedLines(resolve)("Tcp: A\nUdp: 1\n"), false);
  assert.equal(openPairedLines(resolve)("no colon\n1\n"), false);
  assert.deepEqual(values, {});
});

test("a line with fewer numbers than names sets what is there", () => {
  // A missing counter would be 0 if this fails.
  const { values, resolve } = recorder();
  openPairedLines(resolve)("Tcp: A B\nTcp: 1\n");
  assert.deepEqual(values, { "Tcp A": 1 });
});

test("snmp6 names end their protocol at the 6", () => {
  // UDP over IPv6 would be missing if this fails.
  const { values, resolve } = recorder((key) => !key.endsWith("InType135"));
  openNamedLines(resolve)("Udp6InDatagrams                 \t7\nUdpLite6InErrors\t1\nIcmp6InType135\t9\n");
  assert.deepEqual(values, { "Udp6 InDatagrams": 7, "UdpLite6 InErrors": 1 });
});

test("no text makes the readers throw", () => {
  // One odd line would stop all protocol counters if this fails.
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const { resolve } = recorder();
      openPairedLines(resolve)(text);
      openNamedLines(resolve)(text);
    }),
  );
});
