import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import fc from "fast-check";
import { type FakeAnswer, withFakeServer } from "../../../io/fake-server.test-support.ts";
import type { HttpEndpoint } from "../../../io/http-client.ts";
import { AskFailure } from "../../../io/json-rpc.ts";
import type { ListeningSocket } from "../../../io/listening-sockets.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import type { ClientKind } from "./client-kind.ts";
import { type Discovery, openDiscovery } from "./discovery.ts";
import { openGate } from "./gate.ts";
import { type Identification, identifyMetrics, identifyRpc } from "./identify.ts";
import { testKind } from "./kind.test-support.ts";
import { localDoors } from "./local-doors.ts";
import { loop, type LoopOptions } from "./loop.ts";
import { openOptional, refusedForNow } from "./optional.ts";
import { ownSeries } from "./own-series.ts";
import { openWake } from "./wake.ts";
import { awayMsMax, watchHead } from "./watch-head.ts";

describe("discovery", () => {
  const geth = testKind({
    id: "geth",
    ports: { rpc: [8545], metrics: [{ port: 6060, path: "/debug/metrics/prometheus" }], ws: [8546] },
  });
  const anvil = testKind({ id: "anvil", ports: { rpc: [8545, 8546], metrics: [], ws: "rpc" } });
  const bitcoind = testKind({
    id: "bitcoind",
    layer: "utxo",
    ports: { rpc: [8332], metrics: [] },
    cookiePaths: () => [".bitcoin/.cookie"],
  });
  const validator = testKind({
    id: "lodestar-vc",
    layer: "validator",
    ports: { rpc: [], metrics: [{ port: 5064, path: "/metrics" }] },
  });
  const kinds = [anvil, geth, bitcoind, validator];

  interface Lab {
    readonly discovery: Discovery;
    /** Addresses that were asked, in order. */
    readonly asked: string[];
    readonly advance: (ms: number) => void;
  }

  function lab(
    answer: (url: URL, kinds: readonly ClientKind[]) => Identification,
    cookie: string | null = null,
    known: readonly ClientKind[] = kinds,
  ): Lab {
    const asked: string[] = [];
    let nowMs = 0;
    const identify = async ({ url }: HttpEndpoint, candidates: readonly ClientKind[]): Promise<Identification> => {
      asked.push(url.href);
      return answer(url, candidates);
    };
    const discovery = openDiscovery({
      kinds: known,
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
      timeoutMs: 1000,
      signal: new AbortController().signal,
      identifyRpc: identify,
      identifyMetrics: identify,
      findCookie: ([path]) =>
        path === undefined || cookie !== null
          ? { readable: path === undefined ? null : cookie, denied: null }
          : { readable: null, denied: `/root/${path}` },
    });
    return { discovery, asked, advance: (ms) => void (nowMs += ms) };
  }

  function listen(...ports: readonly number[]): ReturnType<typeof localDoors> {
    return localDoors(ports.map((port) => ({ address: "127.0.0.1", port, inode: port })));
  }

  const none = new Set<number>();
  const stranger: Identification = { outcome: "stranger", detail: "no client" };

  test("whatever listens, only loopback addresses are ever asked", () => {
    // Otherwise ChainPulse scans other machines' ports.
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("0.0.0.0", "::", "::1", "::ffff:7f00:1", "::ffff:c0a8:101"));
    const socket: fc.Arbitrary<ListeningSocket> = fc.record({
      address: address.map((text) => (text.includes(":") ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text)),
      port: fc.integer({ min: 1, max: 65_535 }),
      inode: fc.nat(),
    });
    const isLocal = /^127\.|^0\.0\.0\.0$|^::1?$|^::ffff:(7f[0-9a-f]{2}:|0:0$)/;
    fc.assert(
      fc.property(fc.array(socket), (sockets) => {
        for (const { host, port } of localDoors(sockets).values()) {
          assert.match(host, /^127\.\d+\.\d+\.\d+$|^\[::1\]$/);
          assert.ok(sockets.some((one) => one.port === port && isLocal.test(one.address)));
        }
      }),
    );
  });

  test("only usual ports that are listened on and are not configured are asked", async () => {
    // Otherwise each web server of the machine gets questions, and configured clients are shown twice.
    const { discovery, asked } = lab(() => stranger);
    await discovery.look(listen(80, 443, 8545, 8332), new Set([8332]));
    assert.deepEqual(asked, ["http://127.0.0.1:8545/"]);
  });

  test("a stranger is left alone for ten minutes, one that is silent ever longer, another program is asked at once", async () => {
    // Otherwise what is no client is asked for ever, or a client that starts is not seen for ten minutes.
    let said: Identification = stranger;
    const { discovery, asked, advance } = lab(() => said);
    const look = async (inode: number): Promise<number> => {
      await discovery.look(localDoors([{ address: "0.0.0.0", port: 8545, inode }]), none);
      return asked.length;
    };
    assert.equal(await look(1), 1);
    advance(599_999);
    assert.equal(await look(1), 1);
    advance(1);
    assert.equal(await look(1), 2);
    said = { outcome: "silent", detail: "no answer within 3000 ms" };
    assert.equal(await look(2), 3);
    for (const [waitMs, count] of [
      [60_000, 4],
      [60_000, 4],
      [60_000, 5],
    ] as const) {
      advance(waitMs);
      assert.equal(await look(2), count);
    }
    advance(240_000);
    said = { outcome: "client", kind: anvil };
    assert.equal(await look(2), 6);
    advance(10_000_000);
    assert.equal(await look(2), 6);
  });

  test("a client is found with its WebSocket, its metrics and its cookie; by port order", async () => {
    // Otherwise a client is watched without what it offers, and names change from start to start.
    const { discovery } = lab((url) => {
      const kind = { 8545: geth, 8546: null, 6060: geth, 8332: bitcoind, 5064: validator }[Number(url.port)];
      return kind ? { outcome: "client", kind } : stranger;
    }, "/home/btc/.bitcoin/.cookie");
    const { clients } = await discovery.look(listen(8546, 8545, 6060, 8332, 5064), none);
    assert.deepEqual(
      clients.map(({ kind, port, rpc, ws, metrics }) => [kind.id, port, rpc?.cookieFile, ws?.href, metrics?.url.pathname]),
      [
        ["lodestar-vc", 5064, undefined, undefined, "/metrics"],
        ["bitcoind", 8332, "/home/btc/.bitcoin/.cookie", undefined, undefined],
        ["geth", 8545, undefined, "ws://127.0.0.1:8546/", "/debug/metrics/prometheus"],
      ],
    );
  });

  test("metrics that a scrape takes from others are not scraped unasked", async () => {
    // Otherwise an operator's Prometheus loses a part of Geth's blocks from the day on that ChainPulse is installed beside it.
    const one = testKind({ id: "one", ports: { rpc: [1], metrics: [{ port: 3, path: "/metrics", takesFromOthers: true }] } });
    const { clients } = await lab(() => ({ outcome: "client", kind: one }), null, [one]).discovery.look(listen(1, 3), none);
    assert.equal(clients[0]?.metrics, null);
  });

  test("of two clients of one kind nobody guesses whose the metrics are", async () => {
    // Otherwise one client's figures stand under the other's name.
    const twice = testKind({ id: "twice", ports: { rpc: [1, 2], metrics: [{ port: 3, path: "/metrics" }] } });
    const { discovery } = lab(() => ({ outcome: "client", kind: twice }), null, [twice]);
    const both = await discovery.look(listen(1, 2, 3), none);
    assert.deepEqual(
      both.clients.map(({ metrics }) => metrics),
      [null, null],
    );
    const one = await discovery.look(listen(1, 3), none);
    assert.equal(one.clients[0]?.metrics?.url.href, "http://127.0.0.1:3/metrics");
  });

  test("a client that wants a password is told with the file that is missing", async () => {
    // Otherwise nobody knows why a bitcoind that runs is not shown.
    const { discovery } = lab(() => ({ outcome: "locked", detail: "status 401" }));
    const { clients, others } = await discovery.look(listen(8332), none);
    assert.deepEqual(clients, []);
    assert.deepEqual(others, [{ outcome: "locked", detail: "status 401", port: 8332, denied: "/root/.bitcoin/.cookie" }]);
  });
});

describe("identification", () => {
  const geth = testKind({ id: "geth" });
  const evm = testKind({ id: "evm", recognises: () => true });
  const lodestar = testKind({ id: "lodestar", layer: "consensus" });
  const bitcoind = testKind({ id: "bitcoind", layer: "utxo", recognises: (version) => version.startsWith("/Satoshi") });
  const substrate = testKind({ id: "substrate", layer: "substrate", recognises: () => true });
  const kinds = [geth, evm, lodestar, bitcoind, substrate];

  async function ask(
    answers: Readonly<Record<string, FakeAnswer>>,
    of: readonly ClientKind[] = kinds,
  ): Promise<Identification> {
    let identification: Identification | null = null;
    await withFakeServer(answers, async (origin) => {
      identification = await identifyRpc({ url: new URL(origin), timeoutMs: 2000 }, of, new AbortController().signal);
    });
    assert.ok(identification);
    return identification;
  }

  /** As openJsonRpc numbers its calls: the first is 1. */
  const result = (value: unknown, id = 1) => ({ body: { jsonrpc: "2.0", id, result: value } });
  const refusal = (code: number) => ({ body: { jsonrpc: "2.0", id: 1, error: { code, message: "no" } } });

  function kindOf(identification: Identification): string {
    return identification.outcome === "client" ? identification.kind.id : identification.outcome;
  }

  test("each family is known by its own question, the particular kind before the general", async () => {
    // Otherwise a client is watched as what it is not, or not at all.
    assert.equal(kindOf(await ask({ "/": result("Geth/v1.16.4-stable/linux-amd64/go1.24") })), "geth");
    assert.equal(kindOf(await ask({ "/": result("besu/v25.1.0/linux-x86_64") })), "evm");
    assert.equal(kindOf(await ask({ "/": result({ subversion: "/Satoshi:27.0.0/" }) }, [bitcoind])), "bitcoind");
    const version = { body: { data: { version: "Lodestar/v1.5.1/linux-x64" } } };
    assert.equal(kindOf(await ask({ "/": refusal(-32_601), "/eth/v1/node/version": version })), "lodestar");
  });

  test("who answers something else is a stranger; who wants a password, starts or breaks down is not", async () => {
    // Otherwise any web server is taken for a client, or a client that starts is left alone for ten minutes.
    assert.equal(kindOf(await ask({ "/": { body: "<html>" }, "/eth/v1/node/version": { body: { data: {} } } })), "stranger");
    assert.equal(kindOf(await ask({ "/": result("monerod/1") }, [geth])), "stranger");
    assert.equal(kindOf(await ask({ "/": { status: 401, body: "" } }, [bitcoind])), "locked");
    assert.equal(kindOf(await ask({ "/": refusal(-28) }, [bitcoind])), "silent");
    assert.equal(kindOf(await ask({ "/": { status: 503, body: "" } })), "silent");
    const nobody = { url: new URL("http://127.0.0.1:9"), timeoutMs: 2000 };
    assert.equal(kindOf(await identifyRpc(nobody, kinds, new AbortController().signal)), "silent");
  });

  test("metrics are whose they are; without a mark of its own, a kind takes any text of metrics", async () => {
    // Otherwise another program's metrics stand under a client's name.
    const vc = testKind({ id: "vc", layer: "validator", recognisesMetrics: (text) => text.includes("vc_") });
    const answers = {
      "/vc": { body: "# TYPE vc_slots gauge\nvc_slots 1\n" },
      "/other": { body: "# TYPE up gauge\nup 1\n" },
      "/page": { body: "<html>" },
    };
    await withFakeServer(answers, async (origin) => {
      const of = async (path: string, ...among: readonly ClientKind[]) =>
        kindOf(await identifyMetrics({ url: new URL(path, origin), timeoutMs: 2000 }, among, new AbortController().signal));
      assert.equal(await of("/vc", vc, geth), "vc");
      assert.equal(await of("/other", vc), "stranger");
      assert.equal(await of("/other", vc, geth), "geth");
      assert.equal(await of("/page", vc, geth), "stranger");
      assert.equal(await of("/nothing", vc, geth), "stranger");
    });
  });
});

describe("loops", () => {
  /** Times at which a loop has looked, ms after its beginning, within a time that passes in steps. */
  async function looksWithin(
    lastMs: number,
    options: Omit<LoopOptions, "name">,
    look: () => void = () => undefined,
  ): Promise<readonly number[]> {
    const client = recordClient();
    const beginMs = client.context.clock.nowMs();
    const looks: number[] = [];
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const ended = loop(client.context, { name: "head", ...options }, async () => {
        looks.push(client.context.clock.nowMs() - beginMs);
        look();
      });
      for (let nowMs = 0; nowMs <= lastMs; nowMs += 50) {
        await new Promise(setImmediate);
        client.advance(50);
        mock.timers.tick(50);
      }
      client.close();
      await ended;
    } finally {
      mock.timers.reset();
    }
    return looks;
  }

  test("a client that is woken by a flood of news is not asked without a pause", async () => {
    // Otherwise whoever sends heads without end has ChainPulse ask without end.
    const wake = openWake();
    const looks = await looksWithin(1000, { intervalMs: 60_000, wake }, () => wake.call());
    assert.deepEqual(looks, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });

  test("a client that is away is asked again within seconds; one that asks for patience is given it", async () => {
    // Otherwise a client that goes on is called dead for half a minute more, or one under load is asked all the more.
    const away = (): never => {
      throw new AskFailure("timeout", "no answer within 5000 ms");
    };
    const looks = await looksWithin(60_000, { intervalMs: 1000, failureMsMax: awayMsMax }, away);
    assert.ok(looks.every((look, index) => look - (looks[index - 1] ?? 0) <= awayMsMax + 50));
    const limited = (): never => {
      throw new AskFailure("rate_limited", "status 429", { code: 429, retryAfterMs: 20_000 });
    };
    assert.deepEqual(await looksWithin(50_000, { intervalMs: 1000, failureMsMax: awayMsMax }, limited), [0, 20_000, 40_000]);
  });

  test("a client is up once its head could be read, and down after so many answers that cannot be believed", async () => {
    // Otherwise a client that answers one question and not the next comes and goes with each look, and tells of it each time.
    const client = recordClient();
    const told: string[] = [];
    const answers = ["head", "garbage", "garbage", "head", "garbage", "garbage", "garbage", "unreachable"] as const;
    const gate = openGate(client.context.signal);
    const context = {
      ...client.context,
      chain: { ...client.context.chain, poll_interval_ms: 1 },
      answered: () => void told.push("up"),
      clear: () => void told.push("down"),
    };
    let looks = 0;
    await watchHead(context, {
      ask: { failed: () => undefined },
      gate,
      chances: 3,
      onAway: () => void told.push("away"),
      async look(answered) {
        const answer = answers[looks++];
        if (answer === undefined) return client.close();
        if (answer !== "head") throw new AskFailure(answer, "it is so");
        answered();
      },
    });
    assert.deepEqual(told, ["up", "up", "down", "away", "down", "away"]);
    assert.equal(gate.openings, 1);
  });

  test("what one part has set is cleared without the rest, and counted on", () => {
    // Otherwise a value that cannot be read any more stands there as if it were true, or another's with it.
    const client = recordClient();
    const { own, clear } = ownSeries(client.context);
    client.context.series(blockMetrics.network, {}).set(9);
    own.series(blockMetrics.lag, {}).set(2);
    own.series(blockMetrics.headAge, {}).set(5);
    own.count(blockMetrics.blocks, {}, 3);
    clear();
    assert.deepEqual(
      [blockMetrics.network, blockMetrics.lag, blockMetrics.headAge, blockMetrics.blocks].map((metric) => client.value(metric)),
      [9, undefined, undefined, undefined],
    );
    // Another part has it now.
    client.context.series(blockMetrics.lag, {}).set(1);
    clear();
    assert.equal(client.value(blockMetrics.lag), 1);
  });

  test("a question that is refused waits, one that fails does not", async () => {
    // Otherwise a client is asked at each look for what it will not say, or is taken not to have what it was too busy for.
    const client = recordClient();
    const optional = openOptional(client.context, refusedForNow);
    const question = { name: "estimate", metrics: [blockMetrics.lag], fix: "Allow it." };
    let asked = 0;
    const failing = (failure: AskFailure) => () => {
      asked++;
      return Promise.reject(failure);
    };
    await assert.rejects(optional(question, failing(new AskFailure("timeout", "no answer"))), /no answer/);
    await assert.rejects(optional(question, failing(new AskFailure("refused", "loading", { code: -28 }))), /loading/);
    assert.equal(client.absences.size, 0);
    const refusals = [
      { code: -1, reason: "not_present", pauseMs: 60_000 },
      { code: 403, reason: "no_permission", pauseMs: 600_000 },
      { code: -32_601, reason: "unsupported", pauseMs: 600_000 },
    ] as const;
    for (const { code, reason, pauseMs } of refusals) {
      asked = 0;
      const refuse = failing(new AskFailure("refused", "no", { code }));
      assert.equal(await optional(question, refuse), null);
      assert.equal(client.absences.get("estimate")?.reason, reason);
      client.advance(pauseMs - 1);
      assert.equal(await optional(question, refuse), null);
      assert.equal(asked, 1);
      client.advance(2);
    }
    assert.equal(await optional(question, async () => 7), 7);
    assert.equal(client.absences.size, 0);
  });
});
