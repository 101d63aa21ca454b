import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleFlow } from "../../core/trace/example-flow.test-support.ts";
import type { TransactionFlow } from "../../core/trace/flow.ts";
import { follow } from "./follow.ts";
import type { TraceAnswer } from "./trace-answer.ts";

const answer = (flow: TransactionFlow | null): TraceAnswer => ({
  traceId: exampleFlow.traceId,
  flow,
  columns: null,
  warnings: [],
  body: null,
});

async function followed(
  answers: readonly (TraceAnswer | null)[],
): Promise<{ last: TraceAnswer; lines: string[]; waits: number }> {
  const lines: string[] = [];
  let [reads, waits] = [0, 0];
  const last = await follow({
    read: () => Promise.resolve(answers[reads++] ?? null),
    wait: () => Promise.resolve(void waits++),
    show: () => undefined,
    tell: (line) => void lines.push(line.replaceAll("\u00a0", " ")),
  });
  return { last, lines, waits };
}

test("a transaction is followed until it is in a block, and each change is told once", async () => {
  // Wrong: a script that waits for a transaction never ends, or ends before it is included.
  const pending = {
    ...exampleFlow,
    status: "pending",
    latency: null,
    places: exampleFlow.places.map((place) => ({ ...place, blockHash: null })),
  } as const;
  const alone = { ...pending, places: pending.places.slice(0, 1) };
  const { last, lines, waits } = await followed([
    null,
    null,
    answer(alone),
    answer(alone),
    answer(pending),
    answer(exampleFlow),
  ]);
  assert.equal(last.flow, exampleFlow);
  assert.equal(waits, 5);
  assert.deepEqual(lines, [
    "Nothing is known of it yet.",
    "Waiting for 0 s so far; seen by 1 node.",
    "Waiting for 0 s so far; seen by 3 nodes.",
  ]);
});

test("what waits for nothing is not waited for", async () => {
  // Wrong: a replaced transaction, or a trace of a program, keeps the command running for ever.
  for (const flow of [{ ...exampleFlow, status: "replaced" } as const, { ...exampleFlow, status: "dropped" } as const, null])
    assert.equal((await followed([answer(flow)])).waits, 0);
});
