import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Config, configSchema } from "../core/config.ts";
import { createLogger } from "./logger.ts";

// If these fail, an operator's log is lost, or written where it was not asked for, or a bad directory stops the program.

function setUp(logging: Record<string, unknown>, isTTY = false) {
  const written: string[] = [];
  const clock = { time: 1_000_000, nowMs: () => clock.time, monotonicMs: () => clock.time };
  const settings = (next: Record<string, unknown>): Config["logging"] => configSchema.parse({ logging: next }).logging;
  const stderr = { isTTY, write: (text: string) => written.push(text) > 0 };
  const logger = createLogger({ settings: settings(logging), stderr, clock, colour: false });
  const messages = (): readonly unknown[] => written.map((line) => JSON.parse(line).msg);
  return { logger, clock, settings, written, messages };
}

const temporary = (): ReturnType<typeof mkdtempDisposableSync> => mkdtempDisposableSync(join(tmpdir(), "chainpulse-log-"));
const fileMessages = (directory: string): readonly unknown[] =>
  readFileSync(join(directory, "chainpulse.log"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).msg);

function descriptorsOf(path: string): number {
  return readdirSync("/proc/self/fd").filter((number) => {
    try {
      return readlinkSync(join("/proc/self/fd", number)) === path;
    } catch {
      // That of the listing itself has gone.
      return false;
    }
  }).length;
}

test("without a directory every line goes to stderr: JSON for machines, words for a terminal", () => {
  const machine = setUp({});
  machine.logger.child({ thread: "data" }).info("started", { series: 3 });
  assert.deepEqual(JSON.parse(machine.written[0] ?? ""), {
    time: "1970-01-01T00:16:40.000Z",
    level: "info",
    msg: "started",
    thread: "data",
    series: 3,
  });
  const terminal = setUp({}, true);
  terminal.logger.info("started", { series: 3 });
  assert.match(terminal.written.join(""), /^\d\d:\d\d:\d\d info {2}started {2}series=3\n$/);
});

test("lines below the level are not written, and a new level holds at once", () => {
  const { logger, settings, messages } = setUp({ level: "warn" });
  logger.debug("1");
  logger.info("2");
  logger.warn("3");
  logger.reconfigure(settings({ level: "debug" }));
  logger.debug("4");
  logger.write({ timeMs: 0, level: "error", message: "5", fields: {} });
  assert.deepEqual(messages(), ["3", "4", "5"]);
});

test("with a directory everything is in the file, and only warnings and errors on stderr", () => {
  using directory = temporary();
  const { logger, messages } = setUp({ output_dir: join(directory.path, "new", "dir") });
  logger.info("info");
  logger.warn("warn");
  logger.close();
  assert.deepEqual(fileMessages(join(directory.path, "new", "dir")), ["info", "warn"]);
  assert.deepEqual(messages(), ["warn"]);
  assert.equal(logger.problem, null);
});

test("after closing, lines still go to stderr", () => {
  using directory = temporary();
  const { logger, messages } = setUp({ output_dir: directory.path });
  logger.close();
  logger.info("late");
  assert.deepEqual(messages(), ["late"]);
});

test("a directory that cannot be written is one warning, stderr instead, and a problem that says what to do", () => {
  using directory = temporary();
  const blocked = join(directory.path, "file");
  writeFileSync(blocked, "");
  const { logger, clock, messages } = setUp({ output_dir: blocked });
  logger.info("1");
  clock.time += 61_000;
  logger.info("2");
  assert.match(String(messages()[0]), /cannot be written .*; logging to stderr$/);
  assert.deepEqual(messages().slice(1), ["1", "2"]);
  assert.match(logger.problem ?? "", /make the directory writable/);

  // Once the obstacle is gone the files are written again.
  rmSync(blocked);
  mkdirSync(blocked);
  clock.time += 61_000;
  logger.info("3");
  assert.equal(logger.problem, null);
  assert.deepEqual(fileMessages(blocked), ["3"]);
  logger.close();
});

test("a disk that stays full costs no descriptor a minute", (context) => {
  // If this fails, a node whose log's disk is full for a day has no descriptor left for its store, and deleted logs go on taking the room.
  if (!existsSync("/proc/self/fd") || !existsSync("/dev/full")) return context.skip("needs /proc and /dev/full");
  using directory = temporary();
  symlinkSync("/dev/full", join(directory.path, "chainpulse.log"));
  const { logger, clock, messages } = setUp({ output_dir: directory.path });
  const held: number[] = [];
  for (let minute = 0; minute < 5; minute++) {
    logger.info(String(minute));
    held.push(descriptorsOf("/dev/full"));
    clock.time += 61_000;
  }
  assert.deepEqual(held, [0, 0, 0, 0, 0]);
  assert.deepEqual(messages().slice(1), ["0", "1", "2", "3", "4"]);
  assert.match(logger.problem ?? "", /ENOSPC/);
  logger.reconfigure(configSchema.parse({ logging: { output_dir: directory.path } }).logging);
  assert.equal(descriptorsOf("/dev/full"), 1);
  // It cannot be written through to the disk.
  logger.close();
  assert.equal(descriptorsOf("/dev/full"), 0);
});

test("a changed directory is taken over", () => {
  using directory = temporary();
  const [before, after] = [join(directory.path, "before"), join(directory.path, "after")];
  const { logger, settings } = setUp({ output_dir: before });
  logger.info("1");
  logger.reconfigure(settings({ output_dir: after }));
  logger.info("2");
  logger.close();
  assert.deepEqual([fileMessages(before), fileMessages(after)], [["1"], ["2"]]);
});
