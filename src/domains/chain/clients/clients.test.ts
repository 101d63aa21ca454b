/** What every client in the list has, and the skeleton of one. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { nodeRecordings, recordedMetrics } from "../../../../test/support/node-recordings.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import type { ClientKind } from "../client/client-kind.ts";
import { usualPorts } from "../client/discovery.ts";
import { clientMetrics as c } from "../client/metrics.ts";
import { withReplay } from "../mapping/replay-server.test-support.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { chainRuntimeMetrics as r } from "../runtime/metrics.ts";
import { skeletonKind } from "./_skeleton.ts";
import { clientsPage } from "./clients-page.ts";
import { describeKind, describedItems } from "./describe-client.ts";
import { gethKind } from "./geth.ts";
import { clientKinds } from "./kinds.ts";
import { lodestarKind } from "./lodestar.ts";
import { prometheusKind } from "./prometheus.ts";
import { substrateKind } from "./substrate.ts";
import { allUsualPorts } from "./usual-ports.ts";

describe("clients", () => {
  // If these fail, two clients cannot be told apart, or a client claims what it cannot know.
  test("have distinct names", () => {
    const ids = clientKinds.flatMap(({ id, standsFor = [] }) => [id, ...standsFor]);
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  for (const kind of clientKinds) {
    test(`${kind.id} says of each item where it comes from, or why it does not`, () => {
      for (const { item, sources } of describedItems(kind)) {
        assert.ok(sources.length > 0, item.title);
        const nones = sources.filter(({ from }) => from === "none");
        assert.ok(nones.length === 0 || sources.length === 1, `${item.title}: what is told needs no reason why it is not`);
        for (const source of sources) {
          const words = source.from === "metric" ? source.metrics : source.from === "rpc" ? source.methods : [source.why];
          assert.ok(words.length > 0 && words.every((word) => word !== ""), item.title);
        }
      }
    });
  }

  test("that were not verified are never called so", () => {
    const page = clientsPage([skeletonKind], "Generated.");
    assert.match(page, /mapped from documentation, not verified/);
    assert.match(describeKind(skeletonKind).join("\n"), /not verified/);
  });
});

test("the skeleton reads its fixture", async () => {
  // If this fails, whoever copies it begins with something that does not work.
  const fixture = readFileSync(new URL("./fixtures/skeleton.metrics.txt", import.meta.url));
  await withReplay(
    () => fixture,
    async ({ endpoint }) => {
      const client = recordClient({ metrics: endpoint });
      await skeletonKind.watch({ ...client.context, answered: () => client.close() });
      assert.deepEqual(client.identities, [{ version: "skeleton/1.2.3", network: "devnet" }]);
      assert.deepEqual(client.values(b.number), { "block.tag=head": 1204 });
      assert.equal(client.value(b.lag), 6);
      assert.deepEqual(client.values(b.processed), { "block.phase=total": 1204 });
      assert.deepEqual(client.values(b.processingTime), { "block.phase=total": 24.08 });
      assert.deepEqual(client.values(p.count), { "peer.direction=inbound": 7, "peer.direction=outbound": 5 });
      assert.equal(client.value(r.memory), 73_400_320);
      assert.equal(client.value(r.threads), 42);
      assert.deepEqual(client.values(c.requestFailures), {});
    },
  );
});

describe("a client whose metrics are all that is known of it", { skip: nodeRecordings.skip }, () => {
  // If this fails, an operator who does not let its RPC out sees nothing, although the client tells it all.
  const heads: readonly (readonly [kind: ClientKind, recording: string, head: number])[] = [
    [substrateKind, "substrate", 140_434],
    [lodestarKind, "lodestar-1.5.1-beacon", 144],
    [gethKind, "geth", 0],
  ];
  for (const [kind, name, head] of heads) {
    test(`${kind.id} says where its head is`, async () => {
      await withReplay(
        () => recordedMetrics(name),
        async ({ endpoint }) => {
          const client = recordClient({ metrics: endpoint });
          await kind.watch({ ...client.context, answered: () => client.close() });
          assert.equal(client.values(b.number)["block.tag=head"], head);
        },
      );
    });
  }
});

describe("any Prometheus target", () => {
  // If these fail, a user's mapping is not read, or a mistake in it looks as if the client were down.
  const mappingFile = async (yaml: string, use: (file: string) => Promise<void>): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), "chainpulse-mapping-"));
    try {
      writeFileSync(join(folder, "mapping.yaml"), yaml);
      await use(join(folder, "mapping.yaml"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("is read as its mapping file says, and what that leaves out is absent", async () => {
    await mappingFile(
      "chain_mapping:\n  rules:\n    - { metric: chainpulse.chain.sync.lag, sum: [behind] }\n",
      async (file) => {
        await withReplay(
          () => "behind 4\n",
          async ({ endpoint }) => {
            const client = recordClient({ metrics: endpoint, mappingFile: file });
            await prometheusKind.watch({ ...client.context, answered: () => client.close() });
            assert.equal(client.value(b.lag), 4);
            assert.equal(client.absences.get("Sync lag"), undefined);
            assert.match(client.absences.get("Head")?.detail ?? "", /mapping\.yaml maps nothing onto it/);
          },
        );
      },
    );
  });

  test("with a mistake in the file says where it is", async () => {
    await mappingFile("chain_mapping:\n  rulez: []\n", async (file) => {
      const client = recordClient({ mappingFile: file });
      await assert.rejects(prometheusKind.watch(client.context), {
        code: "CONFIG_INVALID",
        message: /mapping\.yaml:2:3 .*did you mean "rules"/,
      });
    });
    const { context } = recordClient({ mappingFile: "/nowhere/mapping.yaml" });
    await assert.rejects(prometheusKind.watch(context), { code: "FILE_UNUSABLE" });
  });
});

test("the ports that wake the observer are those at which clients are looked for", () => {
  // Otherwise a client that runs alone on its machine is never found, or every machine loads what only chain nodes need.
  const sorted = (ports: ReadonlySet<number>): readonly number[] => [...ports].toSorted((a, b) => a - b);
  assert.deepEqual(sorted(allUsualPorts), sorted(usualPorts(clientKinds)));
});
