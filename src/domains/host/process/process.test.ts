/** Which processes have series, what the rest is, what hostile names become: on a tree that the test writes itself. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openRecorded, testConfig } from "../../../../test/support/collect-context.ts";
import { processDetailCollector } from "./process-detail.ts";
import { processPssCollector } from "./process-pss.ts";
import { processCollector } from "./process.ts";

interface Fake {
  readonly name: string | Uint8Array;
  readonly user?: number;
  readonly children?: number;
  readonly parent?: number;
  readonly pages?: number;
  readonly start?: number;
  readonly kernel?: boolean;
}

/** A `/proc` of the given processes. */
function openFakeProc(): { readonly root: string; put(pid: number, fake: Fake): void; end(pid: number): void } & Disposable {
  const root = mkdtempSync(join(tmpdir(), "chainpulse-proc-"));
  writeFileSync(join(root, "stat"), "cpu  1 2 3\nbtime 1000\n");
  writeFileSync(join(root, "meminfo"), "MemTotal:       4096000 kB\n");
  return {
    root,
    put: (pid, fake) => {
      mkdirSync(join(root, String(pid)), { recursive: true });
      const fields = Array.from({ length: 49 }, () => 0);
      const set = (field: number, value = 0): void => void (fields[field - 4] = value);
      set(4, fake.parent);
      set(9, fake.kernel === true ? 0x0020_0000 : 0);
      set(14, fake.user);
      set(16, fake.children);
      set(20, 1);
      set(22, fake.start ?? pid);
      set(24, fake.pages);
      const name = Buffer.from(fake.name);
      writeFileSync(
        join(root, String(pid), "stat"),
        Buffer.concat([Buffer.from(`${pid} (`), name, Buffer.from(`) S ${fields.join(" ")}\n`)]),
      );
    },
    end: (pid) => rmSync(join(root, String(pid)), { recursive: true }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

/** Pids with series of their own. */
function pids(values: Readonly<Record<string, number>>): readonly number[] {
  const found = Object.keys(values).flatMap((key) => /^process\.memory\.usage\{process\.pid="(\d+)"/.exec(key)?.[1] ?? []);
  return found.map(Number).sort((a, b) => a - b);
}

function valueOf(values: Readonly<Record<string, number>>, start: string): number | undefined {
  return Object.entries(values).find(([key]) => key.startsWith(start))?.[1];
}

test("the busiest have series, the watched always, the rest is one, and the sum is whole", async () => {
  // The number of series would grow with the processes, or CPU time get lost, if this fails.
  using proc = openFakeProc();
  for (let pid = 1; pid <= 6; pid++) proc.put(pid, { name: `program${pid}` });
  const processes = { top: 2, watch: ["program1"] };
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root, processes }));
  assert.deepEqual(pids(await collector.tick(0)), [1, 2]);
  for (let pid = 1; pid <= 6; pid++) proc.put(pid, { name: `program${pid}`, user: pid * 100, pages: 1 });
  const values = await collector.tick(6000);
  assert.deepEqual(pids(values), [1, 5, 6]);
  // Processes 3 … 6 had no series while they used their 3 + 4 + 5 + 6 s; 2, 3 and 4 have none now.
  assert.equal(values["chainpulse.process.rest.cpu.time"], 18);
  assert.equal(values["chainpulse.process.rest.count"], 3);
  await collector.close();
});

test("a process that ends takes its series along; its number's next owner is another process", async () => {
  // A recycled number would continue the old process's counters if this fails.
  using proc = openFakeProc();
  proc.put(7, { name: "old", user: 500 });
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root }));
  assert.deepEqual(pids(await collector.tick(0)), [7]);
  proc.put(7, { name: "new", user: 1, start: 99 });
  const values = await collector.tick(6000);
  assert.equal(valueOf(values, 'process.cpu.time{process.pid="7",process.executable.name="new"'), 0.01);
  assert.equal(valueOf(values, 'process.cpu.time{process.pid="7",process.executable.name="old"'), undefined);
  proc.end(7);
  assert.deepEqual(pids(await collector.tick(7000)), []);
  assert.deepEqual(
    [...collector.liveSeries].filter((key) => key.includes("process.pid")),
    [],
  );
  await collector.close();
});

test("a process that renames itself (exec) gets series under its new name", async () => {
  // A shell that became a node would be shown as a shell for ever if this fails.
  using proc = openFakeProc();
  proc.put(7, { name: "sh" });
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root }));
  await collector.tick(0);
  proc.put(7, { name: "geth" });
  const values = await collector.tick(6000);
  assert.notEqual(valueOf(values, 'process.memory.usage{process.pid="7",process.executable.name="geth"'), undefined);
  assert.equal(valueOf(values, 'process.memory.usage{process.pid="7",process.executable.name="sh"'), undefined);
  await collector.close();
});

test("children that came and went count for their parent's application", async () => {
  // A build's CPU time would be nobody's if this fails.
  using proc = openFakeProc();
  proc.put(2, { name: "make" });
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root }));
  await collector.tick(0);
  proc.put(2, { name: "make", user: 10, children: 250 });
  const values = await collector.tick(1000);
  assert.equal(values['chainpulse.process.group.cpu.time{process.group.name="make"}'], 2.6);
  assert.equal(values["chainpulse.process.rest.cpu.time"], 2.5);
  await collector.close();
});

test("idle kernel threads have no series of their own, busy ones do", async () => {
  // Hundreds of series that nobody looks at would be stored if this fails.
  using proc = openFakeProc();
  proc.put(2, { name: "kthreadd", kernel: true });
  proc.put(3, { name: "kswapd0", kernel: true });
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root }));
  await collector.tick(0);
  proc.put(3, { name: "kswapd0", kernel: true, user: 300 });
  // Idle ones are read at every fourth look: by the fourth, all of its time is there.
  let values: Readonly<Record<string, number>> = {};
  for (const timestampMs of [6000, 12_000, 18_000, 24_000]) values = await collector.tick(timestampMs);
  assert.deepEqual(pids(values), [3]);
  assert.equal(values['chainpulse.process.group.cpu.time{process.group.name="(kernel)"}'], 3);
  assert.equal(values['chainpulse.process.group.process.count{process.group.name="(kernel)"}'], 2);
  await collector.close();
});

test("more applications than seats: the smallest are one, and no CPU time gets lost", async () => {
  // A machine of many programs would have no bound on its series, or sums that are too small, if this fails.
  using proc = openFakeProc();
  const count = 60;
  for (let pid = 1; pid <= count; pid++) proc.put(pid, { name: `app${pid}x` });
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root, processes: { top: 0 } }));
  await collector.tick(0);
  for (let pid = 1; pid <= count; pid++) proc.put(pid, { name: `app${pid}x`, user: pid });
  const values = await collector.tick(6000);
  const groups = Object.entries(values).filter(([key]) => key.startsWith("chainpulse.process.group.cpu.time"));
  assert.equal(groups.length, 41);
  const total = groups.reduce((sum, [, value]) => sum + value, 0);
  assert.equal(Math.round(total * 100), (count * (count + 1)) / 2);
  await collector.close();
});

test("a program cannot hide in the groups that ChainPulse makes itself", async () => {
  // A miner that calls itself "(kernel)" would not be seen if this fails.
  using proc = openFakeProc();
  for (const [index, name] of ["(kernel)", "(other)", "(sd-pam)"].entries()) proc.put(index + 1, { name });
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root }));
  const groups = Object.entries(await collector.tick(0)).flatMap(([key, value]) => {
    const name = /^chainpulse\.process\.group\.process\.count\{process\.group\.name=(.*)\}$/.exec(key)?.[1];
    return name === undefined ? [] : [[JSON.parse(name) as string, value] as const];
  });
  assert.deepEqual(groups, [
    ["\\x28kernel)", 1],
    ["\\x28other)", 1],
    ["(sd-pam)", 1],
    ["(other)", 0],
  ]);
  await collector.close();
});

test("command lines are collected only when the operator asks for them", async () => {
  // Passwords given as arguments would be stored if this fails.
  using proc = openFakeProc();
  proc.put(1, { name: "geth" });
  writeFileSync(join(proc.root, "1/status"), "Name:\tgeth\nRssAnon:\t1 kB\n");
  writeFileSync(join(proc.root, "1/cmdline"), "geth\0--password\0sec\nret\0");
  for (const commandLines of [false, true]) {
    const config = testConfig({ proc_root: proc.root, processes: { command_lines: commandLines } });
    const processes = await openRecorded(processCollector, config);
    await processes.tick(0);
    const collector = await openRecorded(processDetailCollector, config);
    const told = Object.keys(await collector.tick(0)).filter((key) => key.includes("password"));
    const expected =
      'chainpulse.process.info{process.pid="1",process.executable.name="geth",process.command_line="geth --password sec\\\\x0aret"}';
    assert.deepEqual(told, commandLines ? [expected] : []);
    await collector.close();
    await processes.close();
  }
});

test("hostile names become labels that no terminal, page or query can trip over", async () => {
  // A process could write into an operator's terminal by its name if this fails.
  using proc = openFakeProc();
  const names = ["$(touch x)", ") R 1", "new\nline", "\u001b[31m", Uint8Array.of(0xff, 0xfe), "\u202eevil"];
  for (const [index, name] of names.entries()) proc.put(index + 1, { name });
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root }));
  const values = await collector.tick(0);
  const shown = Object.keys(values).flatMap((key) => {
    const found = /^process\.memory\.usage\{process\.pid="\d+",process\.executable\.name=("(?:[^"\\]|\\.)*")/.exec(key)?.[1];
    return found === undefined ? [] : [JSON.parse(found) as string];
  });
  assert.deepEqual(shown, ["$(touch x)", ") R 1", "new\\x0aline", "\\x1b[31m", "\ufffd\ufffd", "\\u202eevil"]);
  await collector.close();
});

test("a root that is not there is an absence, not an empty machine", async () => {
  // "No processes" would be shown as a fact if this fails.
  const root = join(tmpdir(), "chainpulse-no-such-root");
  const collector = await openRecorded(processCollector, testConfig({ proc_root: root }));
  assert.deepEqual(await collector.tick(0), {});
  const { reason, detail } = collector.absences.get("list") ?? {};
  assert.deepEqual({ reason, detail }, { reason: "not_present", detail: `open ${root}: ENOENT` });
  await collector.close();
});

test("PSS of many watched processes is read in turns, a few at a run, and held between", async () => {
  // The thread that writes every tick would stand still for a tenth of a second if this fails.
  using proc = openFakeProc();
  const pss = (pid: number, kib: number): void =>
    writeFileSync(join(proc.root, String(pid), "smaps_rollup"), `x\nPss: ${kib} kB\n`);
  for (let pid = 1; pid <= 3; pid++) {
    proc.put(pid, { name: "geth" });
    pss(pid, 1);
  }
  const config = testConfig({ proc_root: proc.root, processes: { watch: ["geth"] } });
  const processes = await openRecorded(processCollector, config);
  await processes.tick(0);
  const collector = await openRecorded(processPssCollector, config);
  const shown = async (timestampMs: number): Promise<readonly number[]> =>
    Object.entries(await collector.tick(timestampMs)).flatMap(([key, value]) =>
      key.includes("proportional") ? value / 1024 : [],
    );
  assert.deepEqual(await shown(0), [1, 1]);
  for (let pid = 1; pid <= 3; pid++) pss(pid, 2);
  assert.deepEqual(await shown(5000), [1, 1, 2]);
  assert.deepEqual(await shown(29_000), [1, 1, 2]);
  assert.deepEqual(await shown(30_000), [2, 2, 2]);
  await collector.close();
  await processes.close();
});

test("a process has series of its own only when it is ten seconds old", async () => {
  // On a machine that compiles or tests, thousands of series a day would be kept of processes that lived for a moment.
  using proc = openFakeProc();
  const collector = await openRecorded(processCollector, testConfig({ proc_root: proc.root }));
  proc.put(1, { name: "settled", start: 0 });
  // In clock ticks of 1/100 s since the machine's start, which is at 1,000 s.
  proc.put(2, { name: "new", start: 10_000 });
  assert.deepEqual(pids(await collector.tick(1_105_000)), [1]);
  assert.deepEqual(pids(await collector.tick(1_112_000)), [1, 2]);
  await collector.close();
});
