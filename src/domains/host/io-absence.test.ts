/** A file that is not there is exactly that absence, with its path and errno, and no value. */
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openRecorded } from "../../../test/support/collect-context.ts";
import type { CollectorDeclaration } from "../../core/collector.ts";
import { diskInfoCollector } from "./disk/disk-info.ts";
import { diskstatsCollector } from "./disk/diskstats.ts";
import { fileDescriptorsCollector } from "./filesystem/file-descriptors.ts";
import { filesystemsCollector } from "./filesystem/filesystems.ts";
import { openIoTree } from "./fixtures/io-tree.ts";
import { interfacePropertiesCollector } from "./network/interface-properties.ts";
import { interfaceTrafficCollector } from "./network/interface-traffic.ts";
import { neighboursCollector } from "./network/neighbours.ts";
import { protocolsCollector } from "./network/protocols.ts";
import { socketsCollector } from "./network/sockets.ts";
import { softnetCollector } from "./network/softnet.ts";
import { udpQueuesCollector } from "./network/udp-queues.ts";

const sources: readonly (readonly [CollectorDeclaration, readonly string[]])[] = [
  [diskstatsCollector, ["proc/diskstats"]],
  [diskInfoCollector, ["sys/block"]],
  [fileDescriptorsCollector, ["proc/sys/fs/file-nr"]],
  [filesystemsCollector, ["proc/1/mounts"]],
  [interfaceTrafficCollector, ["proc/1/net/dev"]],
  [interfacePropertiesCollector, ["sys/class/net"]],
  [protocolsCollector, ["proc/1/net/snmp", "proc/1/net/snmp6", "proc/1/net/netstat"]],
  [socketsCollector, ["proc/1/net/sockstat", "proc/1/net/sockstat6", "proc/sys/net/ipv4/tcp_mem"]],
  [softnetCollector, ["proc/1/net/softnet_stat"]],
  [
    neighboursCollector,
    [
      "proc/1/net/arp",
      "proc/1/net/stat/nf_conntrack",
      "proc/sys/net/netfilter/nf_conntrack_count",
      "proc/sys/net/netfilter/nf_conntrack_max",
    ],
  ],
  [udpQueuesCollector, ["proc/1/net/udp", "proc/1/net/udp6"]],
];

test("every missing source is told with its path and errno, and takes its series along", async (t) => {
  // An operator would see a 0, or nothing and no reason, if this fails.
  using tree = openIoTree();
  for (const [declaration, paths] of sources) {
    const complete = await ticked(declaration, tree.config());
    // The machine of the capture knows the speed of none of its interfaces.
    const before = declaration === interfacePropertiesCollector ? ["speed"] : [];
    assert.deepEqual([...complete.absences.keys()], before, `${declaration.id} on the whole tree`);
    for (const path of paths) {
      await t.test(`${declaration.id} without ${path}`, async () => {
        const full = join(tree.root, path);
        renameSync(full, `${full}.away`);
        const { values, absences } = await ticked(declaration, tree.config());
        renameSync(`${full}.away`, full);
        const told = [...absences].map(([source, { reason, detail }]) => ({ source, reason, detail }));
        assert.deepEqual(told, [{ source: full, reason: "not_present", detail: `open ${full}: ENOENT` }]);
        assert.ok(Object.keys(values).length < Object.keys(complete.values).length, "its series are still set");
        // What is said to be absent has no value, unless another file has a part of it.
        for (const name of absences.get(full)?.metrics ?? []) {
          const without = Object.keys(values).filter((key) => key.startsWith(`${name}{`) || key === name);
          const setBefore = Object.keys(complete.values).filter((key) => key.startsWith(`${name}{`) || key === name);
          assert.ok(setBefore.length === 0 || without.length < setBefore.length, `${name} is unchanged`);
        }
      });
    }
  }
});

async function ticked(declaration: CollectorDeclaration, config: Parameters<typeof openRecorded>[1]) {
  const collector = await openRecorded(declaration, config);
  const values = await collector.tick();
  await collector.close();
  return { values, absences: collector.absences };
}
