/** Parsers of the host domain on what the fixtures do not hold: hostile, damaged and unusual texts. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { TextCursor } from "../../io/parse-text.ts";
import { openRecorded, testConfig } from "../../../test/support/collect-context.ts";
import { parseInterrupts } from "./cpu/interrupts.ts";
import { cpuMetrics } from "./cpu/metrics.ts";
import { statCollector } from "./cpu/stat.ts";
import { pressureSeconds } from "./pressure/parse-pressure.ts";
import { parseOsRelease } from "./system/os-release.ts";
import { timeSettingsCollector } from "./system/time.ts";

function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "chainpulse-host-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("interrupt counts add up the same by processor and by line", () => {
  // If this fails, interrupts are counted for the wrong core, and affinity is judged wrongly.
  const line = fc.record({ irq: fc.nat({ max: 999 }), counts: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }) });
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.map(({ irq, counts }) => `${irq}: ${counts.join(" ")}  IO-APIC  1-edge      dev${irq}\n`).join("");
      const table = parseInterrupts(`      CPU0       CPU1       CPU4       \n${text} ERR:          7\n`);
      assert.deepEqual(table.cpus, ["0", "1", "4"]);
      assert.equal(table.lines.length, lines.length);
      const byLine = table.lines.reduce((sum, one) => sum + one.count, 0);
      const byCpu = table.perCpu.reduce((sum, count) => sum + count, 0);
      assert.equal(byLine, byCpu);
      assert.deepEqual(
        table.lines.map((one) => one.device),
        lines.map(({ irq }) => `dev${irq}`),
      );
    }),
  );
});

test("pressure is read from the line that was asked for", () => {
  // If this fails, "all work stopped" is shown where only some tasks waited.
  const cursor = new TextCursor();
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (some, full) => {
      const averages = "avg10=1.00 avg60=2.00 avg300=3.00";
      const both = `some ${averages} total=${some}\nfull ${averages} total=${full}\n`;
      assert.equal(pressureSeconds(cursor, both, "some"), some / 1e6);
      assert.equal(pressureSeconds(cursor, both, "full"), full / 1e6);
      const onlyFull = `full ${averages} total=${full}\n`;
      assert.ok(Number.isNaN(pressureSeconds(cursor, onlyFull, "some")));
      assert.equal(pressureSeconds(cursor, onlyFull, "full"), full / 1e6);
    }),
  );
});

test("os-release: quoted and unquoted values, comments, junk", () => {
  // If this fails, the distribution's name is shown with quotes, or the file breaks the collector.
  const text = '# c\nID=debian\nNAME="A \\"b\\" \\$c"\nVERSION=\'1 x\'\nbad line\n=x\nEMPTY=\n';
  assert.deepEqual(Object.fromEntries(parseOsRelease(text)), {
    ID: "debian",
    NAME: 'A "b" $c',
    VERSION: "1 x",
    EMPTY: "",
  });
  fc.assert(fc.property(fc.string(), (junk) => void parseOsRelease(junk)));
});

test("a processor that goes off ends its series, and its time starts anew when it is back", async () => {
  // If this fails, a core that was switched off is charted as idle, or its return as negative time.
  using tree = scratch();
  const proc = join(tree.path, "proc");
  mkdirSync(proc);
  const write = (...lines: readonly string[]): void =>
    writeFileSync(join(proc, "stat"), `cpu  0 0\n${lines.join("\n")}\nctxt 5\n`);
  write("cpu0 100 0 0 1000 0 0 0 0 0 0", "cpu1 200 0 0 5000 0 0 0 0 0 0");
  const collector = await openRecorded(statCollector, testConfig({ proc_root: proc, sys_root: join(tree.path, "sys") }));
  const idle = 'system.cpu.time{cpu.logical_number="1",cpu.mode="idle"}';
  assert.equal((await collector.tick())[idle], 50);
  write("cpu0 150 0 0 1050 0 0 0 0 0 0");
  assert.equal((await collector.tick())[idle], undefined);
  assert.ok(!collector.liveSeries.has(idle));
  write("cpu0 150 0 0 1150 0 0 0 0 0 0", "cpu1 200 0 0 4000 0 0 0 0 0 0");
  assert.equal((await collector.tick())[idle], 40);
  // Three seconds back or less is the kernel's inaccuracy: the value stays.
  write("cpu0 150 0 0 1150 0 0 0 0 0 0", "cpu1 250 0 0 3990 0 0 0 0 0 0");
  assert.equal((await collector.tick())[idle], 40);
  await collector.close();
});

test("a kernel with fewer columns gives the modes that it has", async () => {
  // If this fails, an old kernel's missing guest time is shown as 0 or breaks the other modes.
  using tree = scratch();
  const proc = join(tree.path, "proc");
  mkdirSync(proc);
  writeFileSync(join(proc, "stat"), "cpu  1 2 3 4\ncpu0 100 200 300 400\n");
  const collector = await openRecorded(statCollector, testConfig({ proc_root: proc, sys_root: join(tree.path, "sys") }));
  assert.deepEqual(await collector.tick(), {
    'system.cpu.time{cpu.logical_number="0",cpu.mode="user"}': 1,
    'system.cpu.time{cpu.logical_number="0",cpu.mode="nice"}': 2,
    'system.cpu.time{cpu.logical_number="0",cpu.mode="system"}': 3,
    'system.cpu.time{cpu.logical_number="0",cpu.mode="idle"}': 4,
  });
  await collector.close();
});

test("a machine with one processor says why it has no imbalance", async () => {
  // If this fails, the smallest machines show an empty chart without a reason.
  using tree = scratch();
  const proc = join(tree.path, "proc");
  mkdirSync(proc);
  const write = (user: number): void => writeFileSync(join(proc, "stat"), `cpu  1\ncpu0 ${user} 0 0 400 0 0 0 0 0 0\n`);
  write(100);
  const collector = await openRecorded(statCollector, testConfig({ proc_root: proc, sys_root: join(tree.path, "sys") }));
  await collector.tick();
  write(150);
  const samples = await collector.tick();
  assert.ok(!Object.keys(samples).some((series) => series.startsWith(cpuMetrics.cpuImbalance.name)));
  assert.deepEqual(collector.absences.get("one processor")?.metrics, [cpuMetrics.cpuImbalance.name]);
  await collector.close();
});

test("the time zone is the one that the process runs in", async () => {
  // If this fails, times on the node's page are taken for another zone's.
  const collector = await openRecorded(timeSettingsCollector, testConfig({ proc_root: "/nowhere", sys_root: "/nowhere" }));
  const winter = Date.UTC(2026, 0, 15);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  assert.deepEqual(await collector.tick(winter), {
    [`chainpulse.host.time_zone.offset{time_zone="${zone}"}`]: -new Date(winter).getTimezoneOffset() * 60,
  });
  await collector.close();
});
