/** Spans of a transaction as three nodes in a line would tell them: a gave it to b, b to c; all of them have it in one block. */
import assert from "node:assert/strict";
import { flowAttributes, flowSpans, type FlowSpanName } from "../../../src/core/flow-names.ts";
import { flowSpanId } from "../../../src/core/flow-span-id.ts";
import { observedScope } from "../../../src/core/observed-span.ts";

export interface SentTransaction {
  readonly hash: string;
  /** When the first node saw it, ms since the epoch. */
  readonly seenMs: number;
}

const blockHash = "ab".repeat(32);
const client = "litecoind";
/** ms after `seenMs`: first seen, its block first seen, canonical. */
const nodes = [
  ["a", 0, 4000, 4010],
  ["b", 100, 4020, 4040],
  ["c", 150, 4600, 4630],
] as const;

/** Sends them by OTLP; they are stored when it resolves. */
export async function sendTransaction(origin: string, { hash, seenMs }: SentTransaction): Promise<void> {
  const resourceSpans = nodes.map(([node, seen, block, canonical]) => {
    const id = (name: FlowSpanName): string => flowSpanId({ hash, node, client }, name);
    const span = (name: FlowSpanName, fromMs: number, toMs: number, attributes: readonly object[] = []): object => ({
      traceId: hash.slice(0, 32),
      spanId: id(name),
      parentSpanId: name === flowSpans.transaction ? "" : id(flowSpans.transaction),
      name,
      kind: 1,
      startTimeUnixNano: `${seenMs + fromMs}000000`,
      endTimeUnixNano: `${seenMs + toMs}000000`,
      attributes,
    });
    const included = [text(flowAttributes.blockHash, blockHash), whole(flowAttributes.blockNumber, 812)];
    return {
      resource: { attributes: [text("service.name", client), text("chainpulse.node", node)] },
      scopeSpans: [
        {
          scope: { name: observedScope },
          spans: [
            span(flowSpans.transaction, seen, canonical, [
              ...included,
              text(flowAttributes.hash, hash),
              text(flowAttributes.chainId, "regtest"),
              text(flowAttributes.status, "included"),
              text(flowAttributes.method, "subscription"),
              whole(flowAttributes.resolutionMs, 0),
              whole(flowAttributes.clockOffsetMs, 0),
              whole(flowAttributes.clockErrorMs, 2),
            ]),
            span(flowSpans.mempool, seen, block),
            span(flowSpans.include, block, canonical, [...included, whole(flowAttributes.resolutionMs, 0)]),
          ],
        },
      ],
    };
  });
  const response = await fetch(`${origin}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans }),
  });
  assert.equal(response.status, 200, await response.text());
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}

function whole(key: string, intValue: number): object {
  return { key, value: { intValue: String(intValue) } };
}
