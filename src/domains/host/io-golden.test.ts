/** Collectors of processes, disks and network against figures that a Python script computed from the same captured files. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openRecorded } from "../../../test/support/collect-context.ts";
import type { CollectorDeclaration } from "../../core/collector.ts";
import { diskInfoCollector } from "./disk/disk-info.ts";
import { diskstatsCollector } from "./disk/diskstats.ts";
import { fileDescriptorsCollector } from "./filesystem/file-descriptors.ts";
import { golden, openIoTree } from "./fixtures/io-tree.ts";
import { interfacePropertiesCollector } from "./network/interface-properties.ts";
import { interfaceTrafficCollector } from "./network/interface-traffic.ts";
import { neighboursCollector } from "./network/neighbours.ts";
import { protocolsCollector } from "./network/protocols.ts";
import { socketsCollector } from "./network/sockets.ts";
import { softnetCollector } from "./network/softnet.ts";
import { udpQueuesCollector } from "./network/udp-queues.ts";
import { processDetailCollector } from "./process/process-detail.ts";
import { processPssCollector } from "./process/process-pss.ts";
import { processThreadsCollector } from "./process/process-threads.ts";
import { processCollector } from "./process/process.ts";

const plain: readonly CollectorDeclaration[] = [
  diskstatsCollector,
  diskInfoCollector,
  fileDescriptorsCollector,
  interfaceTrafficCollector,
  interfacePropertiesCollector,
  protocolsCollector,
  socketsCollector,
  softnetCollector,
  neighboursCollector,
  udpQueuesCollector,
];

test("disks and network: every collector says what the captured files hold", async (t) => {
  // Every reader of these figures sees false ones if this fails.
  using tree = openIoTree();
  const collectors = await Promise.all(plain.map((declaration) => openRecorded(declaration, tree.config())));
  for (const instant of ["t0", "t1"] as const) {
    if (instant === "t1") tree.advance();
    for (const [index, { id }] of plain.entries()) {
      const values = await collectors[index]?.tick();
      await t.test(`${id} at ${instant}`, () => assertGolden(id, instant, values ?? {}));
    }
  }
  for (const collector of collectors) await collector.close();
});

test("processes: every figure, at both instants, by all four collectors", async () => {
  // The process table, its charts and the account of ended children are false if this fails.
  using tree = openIoTree();
  const config = tree.config({ processes: { watch: ["node"] } });
  const collectors = [];
  for (const declaration of [processCollector, processDetailCollector, processThreadsCollector, processPssCollector]) {
    collectors.push([declaration.id, await openRecorded(declaration, config)] as const);
  }
  for (const [id, collector] of collectors) assertGolden(id, "t0", await collector.tick(1000));
  tree.advance();
  // Seats are given anew 5 s later, and PSS is read again after 30 s; the new process gets its series then.
  for (const [id, collector] of collectors) assertGolden(id, "t1", await collector.tick(40_000));
  for (const [, collector] of collectors) await collector.close();
});

function assertGolden(id: string, instant: "t0" | "t1", actual: Readonly<Record<string, number>>): void {
  const expected: Record<string, number> = { ...golden[id]?.[instant] };
  // What has no series of its own depends on when seats are given; `process.test.ts` tests it.
  const compared = Object.entries(actual).filter(([key]) => !key.startsWith("chainpulse.process.rest"));
  assert.ok(compared.length > 0, `${id} sets nothing`);
  // A sum of floats may differ in its last bit with the order.
  const rounded = (entries: readonly (readonly [string, number])[]) =>
    Object.fromEntries(entries.map(([key, value]) => [key, Number(value.toPrecision(14))]));
  assert.deepEqual(rounded(compared), rounded(Object.entries(expected)));
}
