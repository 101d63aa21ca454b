import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempDisposableSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { telemetryDir, telemetryKinds } from "../store/beside/telemetry-files.ts";
import { batchOf, noonNs, telemetryLab } from "../store/beside/telemetry.test-support.ts";
import { listPartitions } from "../store/partition/partition-files.ts";
import { doublesOf, type TemporaryStore, temporaryStore } from "../store/temporary-store.test-support.ts";
import { formatNames } from "../store/transfer/formats.ts";
import { commands } from "./cli.ts";
import { type CliRun, cli } from "./run-cli.test-support.ts";

// If these fail, an operator cannot move, copy or check their data, or believes that they have.

const startMs = Date.UTC(2024, 0, 1, 5, 59);
const specials = [
  0x7ff0_0000_0000_0002n,
  0x7ff8_0000_0000_0000n,
  0xfff8_0000_0000_0001n,
  0x7ff0n << 48n,
  0xfff0n << 48n,
  1n << 63n,
  1n,
];
const bits = fc.oneof(fc.constantFrom(...specials), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
/** Up to three series; a tick has those whose value is not `null`. Ticks are a minute apart, and so lie in two partitions. */
const history = fc.array(fc.tuple(fc.option(bits), fc.option(bits), bits), { minLength: 1, maxLength: 30 });

for (const format of formatNames) {
  test(`what is exported as ${format}, imported and exported again is the same, bit by bit`, async () => {
    await fc.assert(
      fc.asyncProperty(history, async (ticks) => {
        using store = temporaryStore();
        using other = temporaryStore();
        write(store, ticks);
        const [first, second] = [join(store.dataDir, "first"), join(store.dataDir, "second")];
        await ok("export", "--format", format, "--output", first, "--data-dir", store.dataDir);
        await ok("import", first, "--format", format, "--data-dir", other.dataDir);
        await ok("export", "--format", format, "--output", second, "--data-dir", other.dataDir);
        assert.deepEqual(readFileSync(second), readFileSync(first));
        assert.equal(statSync(first).mode & 0o777, 0o600);
        if (format === "openmetrics") return;
        assert.deepEqual(contentOf(other), contentOf(store));
      }),
      { numRuns: 12 },
    );
  });
}

test("OpenMetrics is what promtool makes blocks of", async (context) => {
  using store = temporaryStore();
  write(
    store,
    Array.from({ length: 200 }, (_, tick) => [null, 0x7ff0_0000_0000_0002n, BigInt(tick)] as const),
  );
  const text = join(store.dataDir, "text");
  await ok("export", "--format", "openmetrics", "--output", text, "--data-dir", store.dataDir);
  const blocks = join(store.dataDir, "blocks");
  try {
    execFileSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", text, blocks], { stdio: "pipe" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    context.skip("promtool is not installed");
    return;
  }
  mkdirSync(join(blocks, "wal"), { recursive: true });
  const dumped = execFileSync("promtool", ["tsdb", "dump", blocks], { encoding: "utf8" }).trim().split("\n");
  const times = dumped.map((line) => Number(line.split(" ").at(-1))).toSorted((a, b) => a - b);
  assert.deepEqual(
    times,
    Array.from({ length: 200 }, (_, tick) => startMs + 60_000 * tick),
  );
  assert.ok(dumped.every((line) => line.startsWith('{__name__="exported", s="2 \\"\\\\"} ')));
});

test("export takes what it is asked for", async () => {
  using store = temporaryStore();
  write(
    store,
    Array.from({ length: 10 }, () => [1n, 2n, 3n] as const),
  );
  const found = await run("export", "--data-dir", store.dataDir, "--match", 'exported{s=~"[01].*"}', "--from", "1704088800");
  assert.equal(found.code, 0);
  assert.match(found.stderr, /^16 samples exported\.\n$/);
  const lines = found.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ metric, timestamps }) => [metric.s[0], timestamps.length]),
    [
      ["0", 8],
      ["1", 8],
    ],
  );
});

test("import refuses what is not newer, says so, and takes nothing of a broken file", async () => {
  using store = temporaryStore();
  write(store, [[1n, 2n, 3n]]);
  const file = join(store.dataDir, "import.jsonl");
  const line = (times: readonly number[]): string =>
    `${JSON.stringify({ metric: { __name__: "new" }, values: times.map(() => 1), timestamps: times })}\n`;
  writeFileSync(file, `${line([startMs, startMs + 1000])}{"metric"\n`);
  const broken = await run("import", file, "--data-dir", store.dataDir);
  assert.deepEqual([broken.code, broken.stdout], [1, ""]);
  assert.match(broken.stderr, /^line 2: no JSON.*\nNothing was imported/);
  writeFileSync(file, line([startMs, startMs + 1000]));
  const mended = await ok("import", file, "--data-dir", store.dataDir);
  assert.equal(mended.stdout, "1 samples imported.\n");
  assert.match(mended.stderr, /^1 samples were refused/);
  const writer = store.writer();
  const locked = await run("import", file, "--data-dir", store.dataDir);
  writer.close();
  assert.equal(locked.code, 1);
  assert.match(locked.stderr, new RegExp(`is in use by process ${process.pid}`));
});

test("verify and stats tell what there is, and exit with 3 when it is damaged", async () => {
  using store = temporaryStore();
  write(
    store,
    Array.from({ length: 10 }, () => [1n, 2n, 3n] as const),
  );
  const sound = await ok("verify", "--data-dir", store.dataDir);
  assert.match(sound.stdout, /^sound: \d+ files, 2 blocks with 30 samples, \d+ rows of tiers, 3 series\n$/);
  const stats = JSON.parse((await ok("stats", "--json", "--data-dir", store.dataDir)).stdout);
  assert.deepEqual([stats.samples, stats.series, stats.seriesByMetric], [30, 3, [{ name: "exported", count: 3 }]]);
  assert.equal(stats.bytesPerSample, stats.bytes / 30);
  const [first] = listPartitions(store.dataDir);
  const bytes = readFileSync(first?.path ?? "");
  writeFileSync(first?.path ?? "", bytes.fill(0x55, 100, 200));
  const damaged = await run("verify", "--json", "--data-dir", store.dataDir);
  assert.equal(damaged.code, 3);
  const report = JSON.parse(damaged.stdout);
  assert.equal(report.ok, false);
  assert.equal(report.problems[0].path, first?.path);
});

test("spans and log records have a line in stats, and are none of what the bound of the samples is about", async () => {
  // If this fails, a node looks full at its samples' bound because of its traces, and a sample looks a hundred times as large as it is.
  using store = temporaryStore();
  write(store, [[1n, 2n, 3n]]);
  const stats = async () => JSON.parse((await ok("stats", "--json", "--data-dir", store.dataDir)).stdout);
  // The first reader leaves empty logs and their indexes beside the databases.
  await stats();
  const before = await stats();
  using lab = telemetryLab();
  const { spans, records } = batchOf(1);
  lab.store.addSpans(spans);
  lab.store.addLogs(records);
  lab.store.close();
  for (const kind of telemetryKinds)
    cpSync(telemetryDir(lab.dataDir, kind), telemetryDir(store.dataDir, kind), { recursive: true });
  const after = await stats();
  assert.deepEqual([after.bytes, after.bytesPerSample], [before.bytes, before.bytesPerSample]);
  const oldestMs = Number(noonNs / 1_000_000n);
  const found = after.kinds
    .slice(0, 2)
    .map(({ bytes, ...rest }: { readonly bytes: number }) => ({ ...rest, hasBytes: bytes > 0 }));
  assert.deepEqual(
    found,
    telemetryKinds.map((kind) => ({ kind, files: 1, oldestMs, newestMs: null, hasBytes: true })),
  );
});

test("backup and restore go through the command line", async () => {
  using store = temporaryStore();
  using other = temporaryStore();
  write(store, [[1n, 2n, 3n]]);
  const backup = join(other.dataDir, "backup");
  await ok("backup", backup, "--data-dir", store.dataDir);
  await ok("restore", backup, "--data-dir", join(other.dataDir, "data"));
  const again = await run("restore", backup, "--data-dir", join(other.dataDir, "data"));
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there is a store in .*\n.*--force/);
});

const wrongUses: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
  [["stats", "x"], /store stats takes no path/],
  [["backup"], /store backup needs a path: the directory to write/],
  [["verify", "--format", "jsonl"], /store verify takes no --format/],
  [["export", "--format", "csv"], /--format is one of jsonl, openmetrics, parquet, not "csv"/],
  [["export", "--json"], /store export takes no --json/],
  [["import", "-", "--format", "parquet"], /name a file instead of -/],
  [["drop"], /ACTION is one of stats, verify/],
];
for (const [argv, message] of wrongUses) {
  test(`wrong usage: store ${argv.join(" ")}`, async () => {
    const { code, stdout, stderr } = await run(...argv);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
  });
}

test("what is not there is an error, not an empty answer", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-none-"));
  const none = join(directory.path, "none");
  for (const argv of [["stats"], ["verify"], ["export"], ["backup", join(directory.path, "b")]]) {
    const { code, stderr } = await run(...argv, "--data-dir", none);
    assert.deepEqual([code, stderr.includes(`there is no data directory ${none}`)], [1, true], argv[0]);
  }
  const { code, stderr } = await run("import", none, "--data-dir", directory.path);
  assert.equal(code, 1);
  assert.match(stderr, /^cannot read .*none: ENOENT/);
});

test("the command names the formats that there are", () => {
  const store = commands.find(({ name }) => name === "store");
  assert.deepEqual(store?.options["format"]?.choices, formatNames);
});

function run(...argv: readonly string[]): Promise<CliRun> {
  return cli(["store", ...argv]);
}

async function ok(...argv: readonly string[]): Promise<CliRun> {
  const done = await run(...argv);
  assert.equal(done.code, 0, done.stderr);
  return done;
}

function write(store: TemporaryStore, ticks: readonly (readonly (bigint | null)[])[]): void {
  const writer = store.writer();
  const refs = ["0", "1", '2 "\\'].map((s) => writer.resolve({ __name__: "exported", s }));
  for (const [tick, values] of ticks.entries()) {
    const present = refs.filter((_, s) => typeof values[s] === "bigint");
    const doubles = doublesOf(values.filter((value) => value !== null));
    writer.commit(startMs + 60_000 * tick, Uint32Array.from(present), doubles, present.length);
  }
  writer.close();
}

function contentOf(store: TemporaryStore): unknown {
  const reader = store.reader();
  const found = reader
    .select([], 0, Infinity)
    .map(({ labels, timestampsMs, values }) => [
      labels["s"],
      [...timestampsMs],
      [...new BigUint64Array(values.buffer, values.byteOffset, values.length)],
    ]);
  reader.close();
  return found;
}
