import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { stringify } from "yaml";
import { nodeRecordings, recordedMetrics } from "../../../../test/support/node-recordings.ts";
import { ConfigError } from "../../../io/config-file-error.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { clientMetrics } from "../client/metrics.ts";
import { recordClient, type RecordedClient } from "../peers/recorded-client.test-support.ts";
import { chainRuntimeMetrics as r } from "../runtime/metrics.ts";
import { type Dialect, rule, sum } from "./dialect.ts";
import { gethDialect } from "./dialects/geth.ts";
import { lodestarBeaconDialect } from "./dialects/lodestar-beacon.ts";
import { lodestarValidatorDialect } from "./dialects/lodestar-validator.ts";
import { substrateDialect } from "./dialects/substrate.ts";
import { parseMapping } from "./mapping-file.ts";
import { openSeriesLab } from "./mapping.test-support.ts";
import { openMapping } from "./open-mapping.ts";
import { type ReplayAnswer, withReplay } from "./replay-server.test-support.ts";
import { watchMetrics } from "./watch-metrics.ts";

describe("the whole watch", () => {
  const dialect: Dialect = {
    title: "A client's metrics",
    identity: { version: { name: "info", label: "version" }, network: { name: "info", label: "chain" } },
    rules: [rule(b.lag, {}, sum("lag")), rule(b.number, { "block.tag": "head" }, sum("head"))],
  };
  const good = 'info{version="v1",chain="main"} 1\nlag 3\nhead 8\n';

  interface Scraped {
    readonly client: RecordedClient;
    /** `up` for each answer, what went wrong for each failure. */
    readonly ups: readonly string[];
  }

  /** Lets a client answer so, one after the other, and looks at what is known after the last answer was read. */
  async function scrapeAll(answers: readonly ReplayAnswer[], timeoutMs = 30_000): Promise<Scraped> {
    const ups: string[] = [];
    let scraped: Scraped | null = null;
    await withReplay(
      (request) => answers[request] ?? good,
      async ({ endpoint }) => {
        const client = recordClient({ metrics: { ...endpoint, timeoutMs } });
        let left = answers.length;
        const settled = (): void => {
          if (--left === 0) client.close();
        };
        const context = {
          ...client.context,
          answered() {
            ups.push("up");
            settled();
          },
          clear(why?: Error) {
            ups.push(why?.message ?? "");
            settled();
          },
        };
        await watchMetrics(context, dialect, { alone: true, intervalMs: 1 });
        scraped = { client, ups };
      },
    );
    assert.ok(scraped !== null);
    return scraped;
  }

  const failuresOf = ({ client }: Scraped): Readonly<Record<string, number>> => client.values(clientMetrics.requestFailures);

  describe("a client whose metrics", () => {
    // If these fail, a client that is ill shows old numbers as if they were new, or takes ChainPulse down with it.
    test("answer is up, and says what it is", async () => {
      const scraped = await scrapeAll([good]);
      assert.deepEqual(scraped.ups, ["up"]);
      assert.deepEqual(scraped.client.identities, [{ version: "v1", network: "main" }]);
      assert.equal(scraped.client.value(b.lag), 3);
      assert.deepEqual(failuresOf(scraped), {});
      assert.deepEqual(scraped.client.values(clientMetrics.requests), { "rpc.method=metrics": 1 });
    });

    const failures: Readonly<Record<string, readonly [answer: ReplayAnswer, kind: string]>> = {
      hang: [() => undefined, "timeout"],
      "are refused": [(response) => response.writeHead(404).end("no"), "refused"],
      "ask for patience": [(response) => response.writeHead(429, { "retry-after": "0" }).end(), "rate_limited"],
      "are garbage": ["<html>hello</html>", "garbage"],
      "are packed garbage": [(response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"), "garbage"],
      "break off": [
        (response) => response.writeHead(200, { "content-length": "100" }).write("lag 1", () => response.destroy()),
        "unreachable",
      ],
    };
    for (const [what, [answer, kind]] of Object.entries(failures)) {
      test(`${what}: has no values until it answers again`, async () => {
        // The one that hangs is given up soon; the others have the time that a busy machine needs.
        const timeoutMs = kind === "timeout" ? 700 : undefined;
        const ill = await scrapeAll([good, answer], timeoutMs);
        assert.equal(ill.client.value(b.lag), undefined);
        assert.deepEqual(failuresOf(ill), { [`error.type=${kind}`]: 1 });
        assert.equal(ill.client.absences.get("metrics")?.reason, "stale");
        const well = await scrapeAll([good, answer, good], timeoutMs);
        assert.equal(well.client.value(b.lag), 3);
        assert.equal(well.client.absences.get("metrics"), undefined);
      });
    }

    test("is nowhere: says so, and what to do", async () => {
      const client = recordClient();
      await watchMetrics(client.context, dialect);
      assert.equal(client.absences.get("metrics")?.reason, "not_present");
      assert.match(client.absences.get("metrics")?.fix ?? "", /metrics_url/);
    });

    test("cannot be reached is unreachable", async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      // A server that listens on TCP has an address with a port.
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, "close");
      const client = recordClient({ metrics: { url: new URL(`http://127.0.0.1:${port}/`), timeoutMs: 500 } });
      await watchMetrics({ ...client.context, clear: () => client.close() }, dialect, { alone: true });
      assert.deepEqual(client.values(clientMetrics.requestFailures), { "error.type=unreachable": 1 });
    });
  });

  test("metrics that are read elsewhere are left out, and who is asked elsewhere is not judged by its metrics", async () => {
    // If this fails, two readers write one series in turns, or a client without metrics looks dead.
    await withReplay(
      () => good,
      async ({ endpoint }) => {
        const client = recordClient({ metrics: endpoint });
        const count: ClientContext["count"] = (metric, labels, by) => {
          client.context.count(metric, labels, by);
          if (metric.name === clientMetrics.requests.name) client.close();
        };
        await watchMetrics({ ...client.context, count }, dialect, { except: [b.lag] });
        assert.equal(client.value(b.lag), undefined);
        assert.deepEqual(client.values(b.number), { "block.tag=head": 8 });
        assert.equal(client.answers(), 0);
        assert.deepEqual(client.identities, []);
      },
    );
  });

  const captured: Readonly<Record<string, Dialect>> = {
    geth: gethDialect,
    "lodestar-1.5.1-beacon": lodestarBeaconDialect,
    "lodestar-1.5.1-follower": lodestarBeaconDialect,
    "lodestar-1.5.1-vc": lodestarValidatorDialect,
    substrate: substrateDialect,
  };

  /**
   * All that comes out of real clients' texts, served to the product's own scraper by a replay server, against files that were compared with the
   * texts by hand.
   */
  describe("captured metrics of real clients", { skip: nodeRecordings.skip }, () => {
    // If these fail, an operator of such a client sees another number than the client tells, or none.
    for (const [name, dialect] of Object.entries(captured)) {
      test(name, async () => {
        const lab = openSeriesLab();
        await withReplay(
          () => recordedMetrics(name),
          async ({ endpoint }) => {
            const client = recordClient({ metrics: endpoint });
            const context = { ...client.context, series: lab.series, count: lab.count, answered: () => client.close() };
            await watchMetrics(context, dialect, { alone: true });
          },
        );
        const text = `${JSON.stringify(lab.values(), null, 2)}\n`;
        const file = fileURLToPath(new URL(`./fixtures/${name}.golden.json`, import.meta.url));
        if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
        assert.equal(text, readFileSync(file, "utf8"), "if this is meant: UPDATE_GOLDEN=1, and look at the difference");
      });
    }
  });
});

describe("a mapping of one's own", () => {
  /** The mapping that docs/chain-mapping.md shows. */
  function documentedMapping(): string {
    const page = readFileSync(new URL("../../../../docs/chain-mapping.md", import.meta.url), "utf8");
    const [, yaml] = /```yaml\n(chain_mapping:[^]*?)```/.exec(page) ?? [];
    return yaml ?? assert.fail("the page shows a mapping");
  }

  // If this fails, the mapping that users copy from the docs does not work.
  test("the documented mapping reads a real Tendermint node", { skip: nodeRecordings.skip }, () => {
    const lab = openSeriesLab();
    openMapping(lab, parseMapping(documentedMapping(), "cometbft.yaml")).write(recordedMetrics("cosmos-2"), "text");
    assert.deepEqual(lab.values(), {
      [b.interval.name]: 2.143899,
      [`${b.number.name}{block.tag="head"}`]: 12,
      [`${b.processed.name}{block.phase="execute"}`]: 12,
      // Milliseconds, although the name says nothing of it.
      [`${b.processingTime.name}{block.phase="execute"}`]: 14.956 / 1000,
      "chainpulse.chain.head.size": 567,
      "chainpulse.chain.head.transactions": 0,
      'chainpulse.chain.mempool.transactions{mempool.state="pending"}': 0,
      [r.gcTime.name]: 0.000444042,
      [r.heap.name]: 43_835_392,
      [r.threads.name]: 57,
      "chainpulse.chain.transactions": 0,
    });
  });

  describe("a mapping file", () => {
    // If these fail, a user's mapping means something else than it says.
    const valuesOf = (rules: string, text: string): Readonly<Record<string, number>> => {
      const lab = openSeriesLab();
      openMapping(lab, parseMapping(`chain_mapping:\n  rules:\n${rules}`, "m.yaml")).write(Buffer.from(text), "text");
      return lab.values();
    };

    test("takes labels, units and differences", () => {
      const rules = `
    - { metric: chainpulse.chain.sync.lag, sum: [best], minus: [head], at_least: 0 }
    - { metric: chainpulse.chain.head.base_fee, sum: [fee], unit: wei }
    - { metric: chainpulse.chain.sync.progress, sum: [progress], unit: percent, where: { part: all } }
    - metric: chainpulse.chain.peers
      labels_from: { peer.direction: { from: dir, values: { in: inbound }, other: unknown } }
      sum: [peers]
    - { metric: chainpulse.chain.blocks.invalid, sum: [bad], empty_is_zero: true }
`;
      const text =
        'best 7\nhead 4\nfee 2000000000\nprogress{part="all"} 50\nprogress{part="x"} 9\npeers{dir="in"} 1\npeers{dir="?"} 2\n# TYPE bad counter\n';
      assert.deepEqual(valuesOf(rules, text), {
        "chainpulse.chain.blocks.invalid": 0,
        "chainpulse.chain.head.base_fee": 2,
        'chainpulse.chain.peers{peer.direction="inbound"}': 1,
        'chainpulse.chain.peers{peer.direction="unknown"}': 2,
        "chainpulse.chain.sync.lag": 3,
        "chainpulse.chain.sync.progress": 0.5,
      });
    });

    const mistakes: readonly (readonly [what: string, yaml: string, message: string])[] = [
      [
        "an unknown key",
        "chain_mapping:\n  rules:\n    - { metric: chainpulse.chain.sync.lag, sumn: [x] }\n",
        'm.yaml:3:7  chain_mapping.rules[0]: a rule has one of sum, flag, mean and timers, found none\nm.yaml:3:44  chain_mapping.rules[0].sumn: unknown key; did you mean "sum"?',
      ],
      [
        "a metric that does not exist",
        "chain_mapping:\n  rules:\n    - { metric: chainpulse.chain.sync.lagg, sum: [x] }\n",
        'm.yaml:3:17  chain_mapping.rules[0].metric: expected one of the metrics chainpulse.chain.… in docs/metrics.md, found "chainpulse.chain.sync.lagg"; did you mean "chainpulse.chain.sync.lag"?',
      ],
      [
        "a label that is missing",
        "chain_mapping:\n  rules:\n    - { metric: chainpulse.chain.block.number, sum: [x] }\n",
        "m.yaml:3:7  chain_mapping.rules[0]: chainpulse.chain.block.number needs block.tag in labels or labels_from",
      ],
      [
        "a label that the metric does not have",
        "chain_mapping:\n  rules:\n    - metric: chainpulse.chain.sync.lag\n      labels: { phase: x }\n      sum: [x]\n",
        'm.yaml:4:15  chain_mapping.rules[0].labels: chainpulse.chain.sync.lag has no label "phase"; it has none',
      ],
      [
        "a value that the label does not have",
        "chain_mapping:\n  rules:\n    - metric: chainpulse.chain.block.number\n      labels: { block.tag: newest }\n      sum: [x]\n",
        'm.yaml:4:15  chain_mapping.rules[0].labels: block.tag is one of head, safe, justified, finalized, not "newest"',
      ],
      [
        "no value",
        "chain_mapping:\n  rules:\n    - { metric: chainpulse.chain.sync.lag }\n",
        "m.yaml:3:7  chain_mapping.rules[0]: a rule has one of sum, flag, mean and timers, found none",
      ],
      ["no section", "rules: []\n", "m.yaml:1:1  chain_mapping.rules: missing; expected a list of at most 256 values"],
      [
        "no YAML",
        "chain_mapping: [\n",
        "m.yaml:2:1  Flow sequence in block collection must be sufficiently indented and end with a ]",
      ],
    ];
    for (const [what, yaml, message] of mistakes) {
      test(`with ${what} says where`, () => {
        assert.throws(() => parseMapping(yaml, "m.yaml"), { code: "CONFIG_INVALID", message });
      });
    }

    test("is a mapping or says what is wrong, whatever is in it", () => {
      const rule = fc.dictionary(
        fc.constantFrom("metric", "labels", "labels_from", "sum", "flag", "is", "mean", "timers", "part", "unit", "where"),
        fc.oneof(
          fc.constantFrom("chainpulse.chain.sync.lag", "chainpulse.chain.peers", "x", "ms", "count", ["x"], [1], {
            "peer.direction": "inbound",
          }),
          fc.anything({ maxDepth: 2, values: [fc.string(), fc.integer(), fc.boolean()] }),
        ),
      );
      fc.assert(
        fc.property(
          fc.oneof(
            fc.string(),
            fc.array(rule, { maxLength: 3 }).map((rules) => stringify({ chain_mapping: { rules } })),
          ),
          (yaml) => {
            try {
              assert.ok(parseMapping(yaml, "m.yaml").rules.length > 0);
            } catch (error) {
              assert.ok(error instanceof ConfigError, String(error));
              assert.ok(error.issues.length > 0 && error.issues.every(({ line, message }) => line !== null && message !== ""));
            }
          },
        ),
      );
    });
  });
});
