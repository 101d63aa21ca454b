import { takeAsked, type Asked } from "./browser.test-support.ts";
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { ServerStatus } from "./contract.ts";
import { boardTicks, oldestCurrentMs, startBoard, watchQuery, type BoardQuery } from "./query-board.ts";
import { navigate } from "../state/router.ts";
import { status } from "./server.ts";

const startMs = 1_764_000_000_000;
mock.timers.enable({ apis: ["setTimeout", "Date"], now: startMs });
// Only what the board reads.
status.value = {
  node: { id: "a" },
  startedAtMs: startMs - 3_600_000,
  samplingIntervalMs: 1000,
  collect: { lastTickMs: startMs, absences: [], store: { oldestMs: startMs - 3_600_000, tiers: [] } },
} as unknown as ServerStatus;
startBoard();

const historyMs = 10_000;
let nowMs = startMs;
let query: BoardQuery;
let release = (): void => undefined;

/** Answers with 1 at each second up to `toMs`; where nothing was measured, with none. */
async function answer(asked: Asked | undefined, toMs: number, gap: readonly number[] = []): Promise<void> {
  const times = Array.from({ length: historyMs / 1000 + 1 }, (_, index) => toMs - historyMs + index * 1000);
  const series = [{ labels: {}, values: times.map((timeMs) => (gap.includes(timeMs) ? null : 1)) }];
  // What query-board.ts sends.
  assert.ok(asked !== undefined);
  const { queries } = asked.body as { queries: readonly { id: string }[] };
  const results = queries.map(({ id }) => ({ id, series }));
  await asked.answer({ fromMs: toMs - historyMs, toMs, stepMs: 1000, results });
}

/** A tick so many seconds after the last one. */
function tickAfter(seconds: number): void {
  nowMs += seconds * 1000;
  mock.timers.tick(seconds * 1000);
  boardTicks.tick(nowMs, { [query.id]: [2] });
}

function valueAt(timeMs: number): number | null | undefined {
  const row = query.table?.timesMs.indexOf(timeMs) ?? -1;
  return query.table?.columns[0]?.[row];
}

beforeEach(async () => {
  release();
  // All that a test before has left behind is due now, and asks for nothing any more.
  nowMs += 600_000;
  mock.timers.tick(600_000);
  await takeAsked();
  ({ query, release } = watchQuery(`up + ${nowMs}`, () => undefined));
});

async function firstAnswer(): Promise<void> {
  boardTicks.tick(nowMs, {});
  const [asked] = await takeAsked("/series");
  boardTicks.shape(query.id, [{}]);
  await answer(asked, nowMs);
}

test("ticks that went by unheard are asked for, whenever that happens", async () => {
  // Wrong: a stall of the stream of three seconds is a hole in every chart, as if nothing had been measured.
  await firstAnswer();
  for (let gaps = 0; gaps < 2; gaps++) {
    tickAfter(1);
    assert.deepEqual(await takeAsked("/series"), []);
    tickAfter(6);
    mock.timers.tick(0);
    const asked = await takeAsked("/series");
    assert.equal(asked.length, 1);
    await answer(asked[0], nowMs);
    assert.equal(valueAt(nowMs - 3000), 1);
  }
});

test("a true gap is asked for once", async () => {
  // Wrong: after each stop of the collection every open page asks for all its charts again and again.
  await firstAnswer();
  tickAfter(6);
  mock.timers.tick(0);
  const [asked] = await takeAsked("/series");
  const gap = [1, 2, 3, 4, 5].map((seconds) => nowMs - seconds * 1000);
  await answer(asked, nowMs, gap);
  assert.equal(valueAt(nowMs - 3000), null);
  for (let second = 0; second < 10; second++) tickAfter(1);
  assert.deepEqual(await takeAsked("/series"), []);
});

test("gaps that come one upon the other are not each a request", async () => {
  // Wrong: a server that is too busy for its ticks gets all charts' history asked for at each of them.
  await firstAnswer();
  for (let gaps = 0; gaps < 5; gaps++) {
    tickAfter(3);
    mock.timers.tick(0);
  }
  assert.ok((await takeAsked("/series")).length <= 3);
});

test("ticks that come while history is on its way stay", async () => {
  // Wrong: a slow answer takes the newest points away again, and what it tore is asked for once more, without end.
  await firstAnswer();
  tickAfter(6);
  mock.timers.tick(0);
  const [asked] = await takeAsked("/series");
  const askedMs = nowMs;
  for (let second = 0; second < 5; second++) tickAfter(1);
  await answer(asked, askedMs);
  assert.equal(query.table?.timesMs.at(-1), nowMs);
  assert.equal(valueAt(nowMs), 2);
  assert.equal(valueAt(askedMs), 1);
  tickAfter(1);
  mock.timers.tick(0);
  assert.deepEqual(await takeAsked("/series"), []);
});

test("a chart whose history could not be read comes back", async () => {
  // Wrong: one failed request leaves a chart dead until the page is reloaded, while all others run on.
  boardTicks.tick(nowMs, {});
  const [first] = await takeAsked("/series");
  await first?.drop();
  assert.match(query.error ?? "", /does not answer/);
  mock.timers.tick(5000);
  const [second] = await takeAsked("/series");
  await second?.answer({ code: "UNAVAILABLE", detail: "The query thread has ended." }, 503);
  // Longer each time: a server in trouble must not be asked by every page at once.
  mock.timers.tick(5000);
  assert.deepEqual(await takeAsked("/series"), []);
  mock.timers.tick(5000);
  const [third] = await takeAsked("/series");
  await answer(third, nowMs);
  assert.equal(query.error, null);
  assert.equal(valueAt(nowMs), 1);
});

test("an expression that is wrong is not asked for again, one that took too long is", async () => {
  // Wrong: a mistake in one panel is a request every few seconds for ever; or a busy minute ends a chart.
  boardTicks.tick(nowMs, {});
  for (const [code, again] of [
    ["QUERY_TIMEOUT", true],
    ["QUERY_SYNTAX", false],
  ] as const) {
    const [asked] = await takeAsked("/series");
    await asked?.answer({ fromMs: 0, toMs: 0, stepMs: 1000, results: [{ id: query.id, error: { code, detail: code } }] });
    assert.equal(query.error, code);
    mock.timers.tick(5000);
    if (!again) assert.deepEqual(await takeAsked("/series"), []);
  }
});

test("values count as those of now for ten seconds of a moving window", async () => {
  // Wrong: figures show the last value of a window as the present one; or a window in the past shows none.
  await firstAnswer();
  assert.equal(oldestCurrentMs(), nowMs - 10_000);
  tickAfter(1);
  assert.equal(oldestCurrentMs(), nowMs - 10_000);
  navigate(`/?from=${startMs / 1000 - 600}&to=${startMs / 1000}`);
  assert.equal(oldestCurrentMs(), Number.NEGATIVE_INFINITY);
  navigate("/");
});
