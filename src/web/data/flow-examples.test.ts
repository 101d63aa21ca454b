import assert from "node:assert/strict";
import { test } from "node:test";
import { examplesIn } from "./flow-examples.ts";

test("the greatest values lead to their traces, each once", () => {
  // Wrong: a chart's worst value leads to a transaction that was not it, or to none.
  const exemplar = (traceId: string, value: string) => ({ labels: { trace_id: traceId }, value, timestamp: 5 });
  const answers = [
    { data: [{ exemplars: [exemplar("a", "1"), exemplar("b", "7"), exemplar("a", "3")] }] },
    {
      data: [
        { exemplars: [exemplar("c", "2"), exemplar("", "9"), exemplar("d", "NaN"), { labels: {}, value: "8", timestamp: 5 }] },
      ],
    },
  ];
  assert.deepEqual(
    examplesIn(answers, 2).map(({ traceId, value }) => [traceId, value]),
    [
      ["b", 7],
      ["a", 3],
    ],
  );
  assert.equal(examplesIn(answers, 2)[0]?.timeMs, 5000);
  assert.deepEqual(examplesIn([], 2), []);
});
