/** Control groups come and go, and their limits too. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openRecorded, testConfig } from "../../../../test/support/collect-context.ts";
import { cgroupCollector } from "./cgroup.ts";
import { findGroups, findTrees } from "./hierarchy.ts";

function scratchTree(): Disposable & {
  readonly root: string;
  write(path: string, text: string): void;
  remove(path: string): void;
} {
  const root = mkdtempSync(join(tmpdir(), "chainpulse-cgroup-"));
  return {
    root,
    write: (path, text) => {
      const file = join(root, "fs/cgroup", path);
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, text);
    },
    remove: (path) => rmSync(join(root, "fs/cgroup", path), { recursive: true }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

const usage = (name: string): string => `chainpulse.host.cgroup.memory.usage{cgroup="/${name}"}`;

test("a group that ends loses its series, a new one gets some at the next search", async () => {
  // If this fails, dead containers fill the index, or new ones stay invisible until a restart.
  using tree = scratchTree();
  tree.write("cgroup.controllers", "memory\n");
  tree.write("old.service/memory.current", "100\n");
  const collector = await openRecorded(cgroupCollector, testConfig({ proc_root: "/nowhere", sys_root: tree.root }));
  assert.equal((await collector.tick())[usage("old.service")], 100);
  tree.remove("old.service");
  tree.write("new.service/memory.current", "200\n");
  for (let run = 0; run < 5; run++) await collector.tick();
  const samples = await collector.tick();
  assert.equal(samples[usage("new.service")], 200);
  assert.equal(samples[usage("old.service")], undefined);
  assert.deepEqual(
    [...collector.liveSeries].filter((series) => series.includes("old.service")),
    [],
  );
  await collector.close();
});

test("a limit is there while it is set, and no limit is no number", async () => {
  // If this fails, a group without a limit is shown as 0 % or 100 % full.
  using tree = scratchTree();
  tree.write("cgroup.controllers", "memory cpu\n");
  tree.write("a.service/memory.max", "max\n");
  tree.write("a.service/cpu.max", "max 100000\n");
  const collector = await openRecorded(cgroupCollector, testConfig({ proc_root: "/nowhere", sys_root: tree.root }));
  const limits = (samples: Readonly<Record<string, number>>): readonly (number | undefined)[] => [
    samples['chainpulse.host.cgroup.memory.limit{cgroup="/a.service"}'],
    samples['chainpulse.host.cgroup.cpu.limit{cgroup="/a.service"}'],
  ];
  assert.deepEqual(limits(await collector.tick()), [undefined, undefined]);
  tree.write("a.service/memory.max", "4096\n");
  tree.write("a.service/cpu.max", "50000 100000\n");
  assert.deepEqual(limits(await collector.tick()), [4096, 0.5]);
  tree.write("a.service/memory.max", "max\n");
  tree.write("a.service/cpu.max", "max 100000\n");
  assert.deepEqual(limits(await collector.tick()), [undefined, undefined]);
  await collector.close();
});

test("files that no group has are named", async () => {
  // If this fails, an operator does not learn that a controller is switched off.
  using tree = scratchTree();
  tree.write("cgroup.controllers", "pids\n");
  tree.write("a.service/pids.current", "3\n");
  tree.write("a.service/pids.max", "max\n");
  const collector = await openRecorded(cgroupCollector, testConfig({ proc_root: "/nowhere", sys_root: tree.root }));
  await collector.tick();
  const base = join(tree.root, "fs/cgroup");
  const absence = collector.absences.get(base);
  assert.match(absence?.detail ?? "", /^.*\/fs\/cgroup: no group has cpu\.stat, cpu\.max, memory\.current, .*io\.pressure$/);
  assert.ok(!absence?.metrics.some((metric) => metric.includes("tasks") || metric.includes("info")));
  await collector.close();
});

test("v1, v2 and hybrid machines are told apart", () => {
  // If this fails, processor time is counted twice on hybrid machines, or containers are not seen at all.
  using tree = scratchTree();
  const base = join(tree.root, "fs/cgroup");
  tree.write("memory/memory.usage_in_bytes", "1\n");
  tree.write("cpuacct/cpuacct.usage", "1\n");
  assert.deepEqual(findTrees(tree.root), [
    { root: `${base}/cpuacct`, version: 1, controllers: ["cpuacct"] },
    { root: `${base}/memory`, version: 1, controllers: ["memory"] },
  ]);
  tree.write("unified/cgroup.controllers", "hugetlb\n");
  const trees = findTrees(tree.root);
  assert.ok(!("reason" in trees));
  assert.deepEqual(trees.at(-1), { root: `${base}/unified`, version: 2, controllers: ["hugetlb"] });
  tree.write("cgroup.controllers", "cpu memory\n");
  assert.deepEqual(findTrees(tree.root), [{ root: base, version: 2, controllers: null }]);
});

test("no more than a hundred groups have series, the outer ones first", () => {
  // If this fails, a machine with thousands of containers fills the store and the browser.
  using tree = scratchTree();
  for (let slice = 0; slice < 3; slice++) {
    for (let unit = 0; unit < 60; unit++) tree.write(`s${slice}.slice/u${unit}.service/plain/memory.current`, "1\n");
  }
  const groups = findGroups(join(tree.root, "fs/cgroup"));
  assert.equal(groups.length, 100);
  assert.deepEqual(groups.slice(0, 4), ["/", "/s0.slice", "/s1.slice", "/s2.slice"]);
  assert.ok(!groups.some((group) => group.endsWith("plain")));
});
