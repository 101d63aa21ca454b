import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { keepLines, type LogLine } from "../../store/log-lines.test-support.ts";
import { Backoff } from "./backoff.ts";
import type { SendOutcome } from "./destination.ts";
import { type PageFeed, type PageSender, startPageSender } from "./page-sender.ts";

interface Lab {
  readonly sender: PageSender;
  readonly lines: readonly LogLine[];
  readonly sent: readonly (readonly number[])[];
  /** Pages whose `done` was called. */
  readonly done: () => number;
}

/** Sends all pages to who answers them in turn, and ends when it would wait at the end of the feed. */
async function sendAll(pages: readonly (readonly number[])[], answers: readonly (SendOutcome | Error)[]): Promise<Lab> {
  const { logger, lines } = keepLines();
  const sent: (readonly number[])[] = [];
  let done = 0;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const feed: PageFeed<number> = {
    next: () => ({ items: pages[done] ?? [], isLast: done >= pages.length, done: () => void done++ }),
  };
  const sender = startPageSender({
    what: "spans",
    address: "hub",
    feed,
    send: async (items) => {
      const answer = answers[sent.length] ?? { kind: "stored" };
      sent.push(items);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    lookMs: 1000,
    backoff: new Backoff(() => 0),
    wait: async (ms) => {
      if (ms !== 1000 || done <= pages.length) return;
      end();
      await new Promise(() => undefined);
    },
    logger,
  });
  await ended;
  sender.close();
  return { sender, lines, sent, done: () => done };
}

describe("pages on their way to another server", () => {
  test("are noted when they are taken or refused for good, and sent again otherwise", async () => {
    // If it fails, what a server did not take is lost, or one page that it never will take holds up all others.
    const answers: readonly (SendOutcome | Error)[] = [
      { kind: "retry", message: "busy" },
      { kind: "retry", message: "busy" },
      new Error("broken"),
      { kind: "stored", leftOut: 1 },
      { kind: "refused", message: "too old", count: 1 },
      { kind: "refused", message: "too old", count: 2 },
    ];
    const { sender, sent, lines } = await sendAll(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      answers,
    );
    assert.deepEqual(sent, [
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    assert.deepEqual(sender.counts(), { sent: 2, refused: 3, leftOut: 1 });
    // Each trouble once, and its end.
    assert.deepEqual(
      lines.filter(({ level }) => level !== "debug").map(({ level }) => level),
      ["warn", "warn", "info", "warn"],
    );
  });

  test("of which nothing is to be sent keep nobody else of the thread waiting", async () => {
    // If it fails, a node with a gigabyte of others' spans sends no samples until it has read all of them.
    const ending = new AbortController();
    let turns = 0;
    const others = (async () => {
      for (; !ending.signal.aborted; turns++) await nextTurn();
    })();
    const { done, sent } = await sendAll(
      Array.from({ length: 100 }, () => []),
      [],
    );
    ending.abort();
    await others;
    assert.deepEqual([done(), sent.length], [101, 0]);
    assert.ok(turns >= 100, `${turns} turns`);
  });
});
