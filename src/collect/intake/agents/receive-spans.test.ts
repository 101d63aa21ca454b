import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ClockOffset } from "../../../core/agent-record.ts";
import { observedSource } from "../../../core/observed-span.ts";
import type { Span } from "../../../core/span.ts";
import { DamagedFileError } from "../../../store/database.ts";
import { arbitrarySpan } from "../../../store/beside/arbitrary-telemetry.test-support.ts";
import { noonNs, spanOf } from "../../../store/beside/telemetry.test-support.ts";
import { encodeSpans } from "../../forward/spans/span-message.ts";
import { spanPageLimits } from "../../agent-protocol/span-page.ts";
import { readSpanPage, type ReceivedSpans } from "./receive-spans.ts";

const noClock = (): null => null;

function observed(part: Partial<Span> = {}): Span {
  return spanOf({ source: observedSource("n-2", "geth"), name: "transaction", ...part });
}

describe("spans that come from an agent", () => {
  it("are of the token's node alone, whatever their resource says", () => {
    // If it fails, an agent writes its neighbour's traces.
    fc.assert(
      fc.property(fc.array(arbitrarySpan, { minLength: 1, maxLength: 3 }), (sent) => {
        const { spans, nodes, refused } = readSpanPage(encodeSpans(sent), { node: "n-1", clockAt: noClock });
        assert.deepEqual([...nodes], ["n-1"]);
        assert.equal(spans.length + refused, sent.length);
        for (const { source } of spans) assert.equal(source.resource["chainpulse.node"], "n-1");
      }),
      { numRuns: 50 },
    );
  });

  it("are no more than a page may have, however few bytes they take", () => {
    // 7 MB of spans that say nothing would keep all who send waiting for ten seconds.
    const page = (count: number): Uint8Array => encodeSpans(Array.from({ length: count }, () => observed()));
    assert.equal(
      readSpanPage(page(spanPageLimits.spans), { node: "n-1", clockAt: noClock }).spans.length,
      spanPageLimits.spans,
    );
    assert.throws(() => readSpanPage(page(spanPageLimits.spans + 1), { node: "n-1", clockAt: noClock }), DamagedFileError);
  });

  it("are either read or damaged, whatever the bytes", () => {
    // If it fails, one agent's broken page ends the thread that receives everything.
    const body = encodeSpans([observed(), observed({ attributes: { list: ["a", 1, null] } })]);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
        const hostile = isCut ? body.slice(0, at) : body.with(at, byte);
        assert.ok((pageOrNull(hostile)?.spans.length ?? 0) <= 2);
      }),
      { numRuns: 150 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void pageOrNull(bytes)));
  });

  it("say at their root how far the clock was off when they began, and only what the hub knows of that", () => {
    // If it fails, a hop between two nodes seems to take longer than it did, or an agent says that its clock is right.
    const asked: (readonly [string, number])[] = [];
    const clockAt = (node: string, timeMs: number): ClockOffset => {
      asked.push([node, timeMs]);
      return { offsetMs: -700.12345, errorMs: 2.00049 };
    };
    const lie = { "clock.offset_ms": 0, "clock.err_ms": 0, "tx.nonce": 1 };
    const child = observed({ parentSpanId: "00f067aa0ba902b7", spanId: "00f067aa0ba902b8", attributes: {} });
    const body = encodeSpans([observed({ attributes: lie }), child, spanOf({ attributes: lie })]);
    const { spans } = readSpanPage(body, { node: "n-1", clockAt });
    assert.deepEqual(asked, [["n-1", Number(noonNs) / 1e6]]);
    assert.deepEqual(
      spans.map(({ attributes, startNs }) => [attributes, startNs]),
      [
        [{ "tx.nonce": 1, "clock.offset_ms": -700.123, "clock.err_ms": 2 }, noonNs],
        [{}, noonNs],
        [lie, noonNs],
      ],
    );
    const [unknown] = readSpanPage(body, { node: "n-1", clockAt: noClock }).spans;
    assert.deepEqual(unknown?.attributes, { "tx.nonce": 1 });
  });
});

function pageOrNull(body: Uint8Array): ReceivedSpans | null {
  try {
    return readSpanPage(body, { node: "n-1", clockAt: noClock });
  } catch (error) {
    if (error instanceof DamagedFileError) return null;
    throw error;
  }
}
