/** `chainpulse demo` as a user starts it: its chains live, all of it says that it is simulated, faults are seen, and nothing is left behind. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { endChild } from "../../bench/support/child.ts";
import { blockMetrics } from "../../src/domains/chain/blocks/metrics.ts";
import { clientMetrics } from "../../src/domains/chain/client/metrics.ts";
import { contractMetrics } from "../../src/domains/chain/contracts/metrics.ts";
import { mempoolMetrics } from "../../src/domains/chain/mempool/metrics.ts";
import { peerMetrics } from "../../src/domains/chain/peers/metrics.ts";
import { withoutAnvil } from "../support/anvil.ts";
import { toldSpans } from "./support/hub-traces.ts";
import { until } from "./support/peer.ts";
import { ask } from "./support/prometheus-api.ts";

const program = fileURLToPath(new URL("../../chainpulse", import.meta.url));

interface Demo {
  readonly origin: string;
  readonly child: ChildProcess;
  readonly directory: string;
}

async function startDemo(directory: string): Promise<Demo> {
  // Its own temporary directory, to see what it leaves there.
  const child = spawn(program, ["demo", "--listen", "127.0.0.1:0", "--faults", "5s"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: directory },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, origin] = /^The demo is at (http:\/\/\S+)\/ /.exec(line) ?? [];
    if (origin === undefined) continue;
    child.stdout.resume();
    return { origin, child, directory };
  }
  throw new Error("the demo ended before it served");
}

/** Command lines of this machine's programs that name the demo's directory. */
function left({ directory }: Demo): readonly string[] {
  const lines = execFileSync("ps", ["-eo", "stat,args"], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.includes(directory) && !line.startsWith("Z"));
}

describe("the demo", { skip: withoutAnvil }, () => {
  let demo: Demo;
  const values = async (query: string): Promise<ReadonlyMap<string, number>> => {
    const { data, error } = await ask(demo.origin, "query", { query, nocache: "1" });
    assert.ok(data?.resultType === "vector", error);
    return new Map(data.result.map(({ metric, value }) => [`${metric["node"]}/${metric["chain_client"]}`, Number(value[1])]));
  };
  const untilAll = (what: string, query: string, keys: readonly string[], holds: (value: number) => boolean): Promise<void> =>
    until(what, async () => {
      const found = await values(query);
      return keys.every((key) => holds(found.get(key) ?? NaN));
    });
  const litecoins = ["demo/litecoin-1", "demo/litecoin-2", "litecoin-1/litecoin-1", "litecoin-2/litecoin-2"];
  const anvils = ["demo/anvil", "anvil/anvil"];

  before(async () => {
    demo = await startDemo(mkdtempSync(join(tmpdir(), "chainpulse-demo-test-")));
  });
  after(async () => {
    await endChild(demo.child, "SIGKILL");
    rmSync(demo.directory, { recursive: true, force: true });
  });

  it("has chains that live, watched by the hub and by an agent beside each node", async () => {
    // A newcomer's first look would be at a dead page if this fails.
    const all = [...litecoins, ...anvils];
    await untilAll("all clients are up", clientMetrics.up.prometheusName, all, (up) => up === 1);
    const { blocks, transactions } = blockMetrics;
    await untilAll("heads move", `changes(${blocks.prometheusName}[2m])`, all, (changes) => changes > 0);
    await untilAll("transactions flow", `rate(${transactions.prometheusName}[1m])`, anvils, (rate) => rate > 0);
    await untilAll("transactions of both", `increase(${transactions.prometheusName}[3m])`, litecoins, (more) => more > 0);
    await untilAll(
      "they wait in the mempool",
      `max_over_time(${mempoolMetrics.transactions.prometheusName}{mempool_state="pending"}[1m])`,
      all,
      (most) => most > 0,
    );
    await untilAll(
      "litecoind have each other",
      `sum by (node, chain_client) (${peerMetrics.count.prometheusName})`,
      litecoins,
      (peers) => peers >= 1,
    );
    const calls = contractMetrics.calls.prometheusName;
    await untilAll(
      "contracts are called",
      `sum by (node, chain_client) (increase(${calls}{call_outcome="failed"}[1m]))`,
      anvils,
      (failed) => failed > 0,
    );
    await untilAll(
      "by several contracts",
      `count by (node, chain_client) (count by (node, chain_client, contract) (${calls}))`,
      anvils,
      (contracts) => contracts >= 4,
    );
  });

  it("says of every sample of a chain that it is simulated", async () => {
    // What is made up would be taken for a real network's if this fails.
    const { data } = await ask(demo.origin, "query", { query: 'count({__name__=~"chainpulse_chain_.+",simulated!="true"})' });
    assert.deepEqual(data?.result, []);
    const events = z.object({ events: z.array(z.object({ fields: z.object({ simulated: z.literal(true) }) })) });
    const answer = await fetch(`${demo.origin}/api/v1/performance/nodes/demo/events?kind=chain.block&limit=500`);
    assert.ok(events.parse(await answer.json()).events.length > 0);
  });

  it("tells the way of transactions through its nodes, as simulated", async () => {
    // The pages of transactions would be empty, or take a made-up payment for a real one, if this fails.
    const json = async (path: string): Promise<unknown> => (await fetch(`${demo.origin}/api/v1/performance/${path}`)).json();
    const list = z.object({
      traces: z.array(z.object({ traceId: z.string(), services: z.array(z.object({ service: z.string() })) })),
    });
    const of = async (services: readonly string[]): Promise<string | undefined> => {
      const { traces } = list.parse(await json("traces?name=transaction.include&limit=100"));
      return traces.find(
        (trace) =>
          trace.services
            .map(({ service }) => service)
            .sort()
            .join() === services.join(),
      )?.traceId;
    };
    for (const services of [["anvil"], ["litecoin-1", "litecoin-2"]]) {
      await until(`a transaction was at ${services.join(", ")}`, async () => (await of(services)) !== undefined);
      const spans = toldSpans(await json(`traces/${await of(services)}`));
      const roots = spans.filter(({ name }) => name === "transaction");
      assert.deepEqual(roots.map(({ node }) => node).sort(), services);
      for (const { attributes } of spans) assert.equal(attributes.get("simulated"), true);
    }
  });

  it("has its nodes in the fleet, up", async () => {
    // The page of many nodes would have nothing to show if this fails.
    const fleet = z.object({ nodes: z.array(z.object({ id: z.string(), status: z.string() })) });
    const answer = await fetch(`${demo.origin}/api/v1/performance/nodes`);
    const { nodes } = fleet.parse(await answer.json());
    assert.deepEqual(nodes.map(({ id, status }) => `${id} ${status}`).sort(), [
      "anvil up",
      "demo up",
      "litecoin-1 up",
      "litecoin-2 up",
    ]);
  });

  it("shows a reorganisation, a node that hangs and a partition, which it makes itself", async () => {
    // The demo of what goes wrong would show that all is well if this fails.
    const events = z.object({ events: z.array(z.object({ subject: z.string(), fields: z.record(z.string(), z.unknown()) })) });
    const of = async (kind: string) => {
      const answer = await fetch(`${demo.origin}/api/v1/performance/nodes/demo/events?kind=${kind}&limit=500`);
      return events.parse(await answer.json()).events;
    };
    const happens = (what: string, subject: string): Promise<void> =>
      until(`${subject} is ${what}`, async () =>
        (await of("chain.client")).some((event) => event.subject === subject && event.fields["what"] === what),
      );
    await happens("down", "anvil");
    await happens("up", "anvil");
    await until("anvil has taken blocks back", async () =>
      (await of("chain.reorg")).some(({ subject }) => subject === "anvil"),
    );
    await happens("partitioned", "litecoin-2");
    await happens("healed", "litecoin-2");
  });

  it("ends with Ctrl-C, and leaves no program and no file", async () => {
    // Each demo would leave chain nodes running on the user's machine if this fails.
    assert.ok(left(demo).length >= 5, left(demo).join("\n"));
    demo.child.kill("SIGINT");
    const [code] = await once(demo.child, "exit");
    assert.equal(code, 0);
    assert.deepEqual(left(demo), []);
    // Node's own cache of compiled code is no file of the demo.
    assert.deepEqual(
      readdirSync(demo.directory).filter((name) => name !== "node-compile-cache"),
      [],
    );
  });

  it("takes all its programs with it when it is killed", async () => {
    // A crash would leave chain nodes running on the user's machine if this fails.
    await using stack = new AsyncDisposableStack();
    const second = await startDemo(mkdtempSync(join(tmpdir(), "chainpulse-demo-test-")));
    stack.defer(() => rmSync(second.directory, { recursive: true, force: true }));
    assert.ok(existsSync("/usr/bin/setpriv") && left(second).length >= 5);
    await endChild(second.child, "SIGKILL");
    await until("all have ended", () => left(second).length === 0);
  });
});
