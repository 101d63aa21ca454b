import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessList, ProcessRow } from "../data/contract.ts";
import { filterRows } from "./arrange-rows.ts";
import { noMatchText, wholeProcessList } from "./whole-process-list.ts";

/** A node with so many processes, by pages as the server gives them; `asked` is what was asked of it. */
function nodeOf(count: number) {
  const asked: string[] = [];
  const rows = Array.from({ length: count }, (_, index): ProcessRow => ({
    pid: String(index + 1),
    name: `worker-${index + 1}`,
  }));
  const ask = async (query: URLSearchParams): Promise<ProcessList> => {
    asked.push(query.toString());
    const from = Number(query.get("cursor") ?? 0);
    const to = from + Number(query.get("limit"));
    return { timestampMs: 0, total: count, next: to < count ? String(to) : null, processes: rows.slice(from, to), units: {} };
  };
  return { ask, asked };
}

test("a search finds a process of the last page", async () => {
  // Wrong: on a host with more than 1000 processes a search says "No process matches" of one that runs.
  const { ask, asked } = nodeOf(2500);
  const list = await wholeProcessList(ask);
  assert.deepEqual(
    filterRows(list.processes, "worker-2500").map((row) => row["pid"]),
    ["2500"],
  );
  assert.equal(list.processes.length, 2500);
  assert.equal(list.next, null);
  assert.deepEqual(asked, [
    "limit=1000&sort=pid&order=asc",
    "limit=1000&sort=pid&order=asc&cursor=1000",
    "limit=1000&sort=pid&order=asc&cursor=2000",
  ]);
});

test("a process that a page repeats is one row", async () => {
  // Wrong: a process that starts between two pages puts its neighbour into the table twice.
  const { ask } = nodeOf(1500);
  const list = await wholeProcessList((query) => {
    if (query.get("cursor") !== null) query.set("cursor", "998");
    return ask(query);
  });
  assert.equal(list.processes.length, 1500);
});

test("a search has an end, and says where", async () => {
  // Wrong: a host with a runaway number of processes is asked for page after page, or the search claims to have seen them all.
  const { ask, asked } = nodeOf(30_000);
  const list = await wholeProcessList(ask);
  assert.equal(asked.length, 10);
  assert.equal(noMatchText("nginx", list, true), "No process matches “nginx” among the first 10,000.");
});

test("a search that is given up asks for no further page", async () => {
  // Wrong: who clears the filter leaves a long row of requests behind, each of which the node works for.
  const { ask, asked } = nodeOf(5000);
  const abort = new AbortController();
  const given = wholeProcessList((query) => {
    abort.signal.throwIfAborted();
    if (asked.length === 1) abort.abort();
    return ask(query);
  });
  await assert.rejects(given, { name: "AbortError" });
  assert.equal(asked.length, 2);
});

test("nothing is said to be missing before all was looked at", async () => {
  // Wrong: between the first letter of a filter and the answer, the table denies a process that is merely not among its first rows.
  const list = await wholeProcessList(nodeOf(3).ask);
  assert.equal(noMatchText("nginx", list, false), "Looking through all processes …");
  assert.equal(noMatchText("nginx", list, true), "No process matches “nginx”.");
});
