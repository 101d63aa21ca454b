import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { Secret } from "../core/secret.ts";
import type { LogRecord } from "./log-format.ts";
import { createPortLogger, receiveLogs } from "./logger-port.ts";

// If these fail, what a worker thread logs is lost, or a thread in a loop floods the main thread.

function setUp() {
  const clock = { time: 0, nowMs: () => clock.time, monotonicMs: () => clock.time };
  const sent: LogRecord[] = [];
  const port = { postMessage: (message: unknown) => void sent.push((message as { log: LogRecord }).log) };
  return { clock, sent, logger: createPortLogger({ port, level: "info", clock }) };
}

test("a line crosses a real port, marked with its thread; other messages pass by", async () => {
  const { port1, port2 } = new MessageChannel();
  const { promise, resolve } = Promise.withResolvers<LogRecord>();
  receiveLogs(port2, { write: resolve }, "data");
  port1.postMessage({ id: 1, method: "log", args: [] });
  const logger = createPortLogger({ port: port1, level: "info", clock: { nowMs: () => 5, monotonicMs: () => 5 } });
  logger.warn("slow", { error: new Error("EIO"), secret: new Secret("hidden"), call: () => 1 });
  const record = await promise;
  port1.close();
  assert.equal(record.timeMs, 5);
  assert.equal(record.message, "slow");
  assert.equal(record.fields["thread"], "data");
  assert.equal(record.fields["secret"], "[secret]");
  assert.equal((record.fields["error"] as Error).message, "EIO");
});

test("the level is the thread's own and can be changed", () => {
  const { logger, sent } = setUp();
  logger.debug("1");
  logger.setLevel("debug");
  logger.debug("2");
  logger.child({ a: 1 }).debug("3");
  assert.deepEqual(
    sent.map(({ message }) => message),
    ["2", "3"],
  );
});

test("beyond 500 lines a second lines are dropped, and the next second says how many", () => {
  const { clock, logger, sent } = setUp();
  for (let index = 0; index < 700; index++) logger.info("again");
  assert.equal(sent.length, 500);
  clock.time += 1000;
  logger.info("next");
  assert.deepEqual(
    sent.slice(500).map(({ message, fields }) => [message, fields["dropped"]]),
    [
      ["log lines dropped: too many", 200],
      ["next", undefined],
    ],
  );
});
