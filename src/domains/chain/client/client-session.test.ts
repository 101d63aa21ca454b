import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import fc from "fast-check";
import { configSchema } from "../../../core/config.ts";
import type { ListeningSocket } from "../../../io/listening-sockets.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { openSightings } from "../blocks/sightings.ts";
import { chainObserver } from "../observer.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import type { ClientContext, ClientKind, ClientTarget } from "./client-kind.ts";
import { type ClientSession, openClientSession } from "./client-session.ts";
import { coverageOf, testKind, type TestKind } from "./kind.test-support.ts";
import { localDoors } from "./local-doors.ts";
import { clientMetrics } from "./metrics.ts";
import { openToldPortCheck, watchConfiguredPort } from "./p2p-port.ts";
import { type RecordedObserve, recordObserve } from "./recorded-observe.test-support.ts";
import { watchClients } from "./watch-clients.ts";

describe("a client", () => {
  const rpc = { url: new URL("http://127.0.0.1:1"), timeoutMs: 1000 };

  interface Opened extends RecordedObserve {
    readonly session: ClientSession;
    readonly context: ClientContext;
  }

  function open(target: Partial<ClientTarget> = {}, kind: ClientKind = testKind({ id: "geth" })): Opened {
    const recorded = recordObserve();
    const session = openClientSession({
      observe: recorded.observe,
      chain: recorded.observe.config.chain,
      target: {
        name: "el",
        rpc,
        ws: null,
        metrics: null,
        role: "full",
        p2pPort: null,
        mappingFile: null,
        simulated: false,
        isFound: false,
        ...target,
      },
      kind,
      sightings: openSightings(),
    });
    return { ...recorded, session, context: session.contextFor(new AbortController().signal) };
  }

  const up = 'chainpulse.chain.client.up{chain.client="el"}';

  test("a client that goes away has no values but up 0, is told of once, and comes back", () => {
    // Otherwise the last head of a dead client stands on the page as if it were true.
    const { context, values, absences, events, marks } = open();
    context.answered();
    context.series(blockMetrics.headAge, {}).set(3);
    context.count(blockMetrics.blocks, {}, 5);
    context.clear(new Error("no answer within 5000 ms"));
    context.count(clientMetrics.requestFailures, { "error.type": "timeout" }, 1);
    context.clear(new Error("no answer within 5000 ms"));
    const failures = { 'chainpulse.chain.rpc.failures{chain.client="el",error.type="timeout"}': 1 };
    assert.deepEqual(values(), { [up]: 0, ...failures }, "how it fails is known while it does");
    assert.equal(absences.get("el: answers")?.reason, "stale");
    context.answered();
    assert.deepEqual(values(), { [up]: 1, 'chainpulse.chain.blocks{chain.client="el"}': 5, ...failures });
    assert.equal(absences.has("el: answers"), false);
    assert.deepEqual(
      events.map(({ fields }) => [fields["what"], fields["detail"]]),
      [
        ["down", "no answer within 5000 ms"],
        ["up", "it answers again"],
      ],
    );
    assert.deepEqual(marks, ["el does not answer", "el answers again"]);
  });

  test("a client that has never answered is not up, and nothing is said to have happened", () => {
    // Otherwise each start of ChainPulse beside a stopped client looks like a failure of the client.
    const { context, values, events, absences } = open();
    assert.deepEqual(values(), {});
    context.clear(new Error("connect ECONNREFUSED"));
    assert.deepEqual(values(), { [up]: 0 });
    assert.deepEqual(events, []);
    assert.equal(absences.get("el: answers")?.reason, "not_present");
  });

  test("counters never fall, whatever the client does", () => {
    // Otherwise rates are negative, or a reset is seen where there was none.
    const step = fc.oneof(fc.nat(100), fc.constantFrom("clear", "answered", "watch"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { session, values } = open();
        let context = session.contextFor(new AbortController().signal);
        let sum = 0;
        for (const step of steps) {
          if (step === "clear") context.clear();
          else if (step === "answered") context.answered();
          else if (step === "watch") context = session.contextFor(new AbortController().signal);
          else if (typeof step === "number") context.count(blockMetrics.reorgs, {}, step);
          if (typeof step === "number") sum += step;
          const value = values()['chainpulse.chain.reorgs{chain.client="el"}'];
          assert.ok(value === undefined || value === sum, `${value} is not ${sum}`);
          if (step === "answered" && steps.some((one) => typeof one === "number" && sum > 0)) assert.equal(value, sum);
        }
      }),
    );
  });

  test("another version, another start: each is told, and the info is that of now", () => {
    // Otherwise an upgrade cannot be seen on the charts that it explains.
    const { session, context, values, events } = open();
    context.answered();
    context.identified({ version: "Geth/v1", network: "1" });
    context.identified({ version: "Geth/v1", network: "1" });
    context.identified({ version: "Geth/v2", network: "1" });
    context.startedAt(1_000_000);
    context.startedAt(1_002_000);
    context.startedAt(1_060_000);
    session.restarted("another program listens");
    assert.deepEqual(
      events.map(({ fields }) => fields["what"]),
      ["version", "restarted"],
    );
    const infos = Object.keys(values()).filter((key) => key.includes("client.info"));
    assert.equal(infos.length, 1);
    assert.match(infos[0] ?? "", /version="Geth\/v2"/);
  });

  test("a client that is closed writes nothing any more, and leaves nothing", () => {
    // Otherwise the answer to a late question brings a client back that is configured away.
    const { session, context, values, absences, events } = open();
    const late = context.series(blockMetrics.headAge, {});
    context.clear();
    session.close();
    late.set(1);
    context.answered();
    context.clear();
    context.absent("peers", [], { reason: "stale", detail: "late" });
    context.emit("chain.block", "a", 0, {});
    assert.deepEqual([values(), [...absences], events], [{}, [], []]);
  });

  test("what is simulated says so in every series and every event, and what is not never does", () => {
    // Otherwise a demo's chain is taken for a real one.
    for (const simulated of [true, false]) {
      const { context, values, events } = open({ simulated });
      context.answered();
      context.count(blockMetrics.blocks, {}, 1);
      context.clear();
      context.answered();
      assert.ok(Object.keys(values()).every((key) => key.includes('simulated="true"') === simulated));
      assert.ok(events.every(({ fields }) => fields["simulated"] === (simulated ? true : undefined)));
    }
  });

  test("what a client makes up is cut, cleaned and bounded, and takes nothing from others", () => {
    // Otherwise one client that lies writes into terminals, uses up the series of all, or ends the watch with a date that is none.
    const { context, values, absences, events, marks } = open();
    context.answered();
    context.identified({ version: `v1\n\u001b[2J${"x".repeat(1_000_000)}`, network: "\u202enet" });
    context.identified({ version: "v2\n", network: "net" });
    context.clear(new Error(`garbage: \u001b]0;${"y".repeat(1_000_000)}`));
    for (const startMs of [Number.NaN, -9e18, 1e300, 2e15]) context.startedAt(startMs);
    const told = JSON.stringify([values(), events, marks, [...absences]]);
    assert.ok(told.length < 5000);
    // Escaped control characters of JSON.
    assert.doesNotMatch(told, /\\u00|\\n|[\u202e]/);
    assert.deepEqual(
      events.map(({ fields }) => fields["what"]),
      ["version", "down"],
    );
    context.answered();
    for (let index = 0; index < 6000; index++) context.series(clientMetrics.requests, { "rpc.method": `m${index}` }).set(1);
    for (let index = 0; index < 10; index++) context.count(clientMetrics.requestTime, { "rpc.method": `m${index}` }, 1);
    assert.ok(Object.keys(values()).length <= 5000);
    assert.equal(absences.get("el: series limit")?.reason, "limit_reached");
  });

  test("an item without a source says why: the kind does not tell it, or its address is not known", () => {
    // Otherwise an empty panel gives no hint of what to do.
    const none = open({}, testKind({ id: "geth", coverage: coverageOf({ from: "none", why: "no such method." }) }));
    assert.equal(none.absences.get("el: Client version and 22 more")?.reason, "unsupported");
    assert.match(none.absences.get("el: Client version and 22 more")?.detail ?? "", /no such method/);
    const metric = testKind({ id: "geth", coverage: coverageOf({ from: "metric", metrics: ["a"] }) });
    const unset = open({}, metric);
    assert.equal(unset.absences.get("el: Client version and 22 more")?.reason, "disabled");
    assert.match(unset.absences.get("el: Client version and 22 more")?.fix ?? "", /metrics_url/);
    assert.equal(open({ metrics: rpc }, metric).absences.get("el: Client version and 22 more"), undefined);
  });

  test("a port that takes connections is reachable, one that does not is not, and the configured one counts", async () => {
    // Otherwise an operator hears from nobody that no peer can connect.
    const server = createServer((socket) => socket.destroy());
    await once(server.listen(0, "127.0.0.1"), "listening");
    // A server that listens on TCP has an address with a port.
    const { port } = server.address() as AddressInfo;
    const told = recordClient();
    const check = openToldPortCheck(told.context);
    await check(null);
    assert.equal(told.value(clientMetrics.reachable), undefined);
    assert.match(told.absences.get("P2P port")?.fix ?? "", /p2p_port/);
    await check(port);
    assert.equal(told.value(clientMetrics.reachable), 1);
    const configured = recordClient({ p2pPort: port });
    const watching = watchConfiguredPort(configured.context);
    await openToldPortCheck(configured.context)(1);
    while (configured.value(clientMetrics.reachable) === undefined) await new Promise(setImmediate);
    assert.equal(configured.value(clientMetrics.reachable), 1);
    configured.close();
    await watching;
    server.close();
    await once(server, "close");
    // Not before a minute is over.
    await check(port);
    assert.equal(told.value(clientMetrics.reachable), 1);
    told.advance(60_000);
    await check(port);
    assert.equal(told.value(clientMetrics.reachable), 0);
  });
});

describe("all clients", () => {
  /** A client that says its version, at a port of its own, until the test ends. */
  async function fakeClient(test: TestContext, version: string): Promise<{ readonly port: number; readonly server: Server }> {
    const server = createHttpServer((request, response) => {
      request.resume().on("end", () => response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: version })));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    test.after(() => {
      server.closeAllConnections();
      server.close();
    });
    // A server that listens on TCP has an address with a port.
    const { port } = server.address() as AddressInfo;
    return { port, server };
  }

  /** Runs clients over what listens, until `until` holds of what was recorded; each look is made right after the one before. */
  async function watching(
    section: unknown,
    kinds: readonly ClientKind[],
    sockets: () => readonly ListeningSocket[],
    steps: (
      recorded: RecordedObserve,
      reached: (condition: () => boolean) => Promise<void>,
      looked: () => Promise<void>,
    ) => Promise<void>,
  ): Promise<RecordedObserve> {
    const recorded = recordObserve(section);
    let looks = 0;
    let wake: (() => void) | null = null;
    const doors = async () => {
      looks++;
      wake?.();
      return localDoors(sockets());
    };
    const observer = watchClients(recorded.observe, { kinds, doors, intervalMs: 1 });
    const reached = async (condition: () => boolean): Promise<void> => {
      const last = looks + 2000;
      while (!condition()) {
        assert.ok(looks < last, "it did not come to that");
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    };
    /** A whole look has been made since this was called. */
    const looked = (): Promise<void> => {
      const now = looks;
      return reached(() => looks >= now + 2);
    };
    try {
      await steps(recorded, reached, looked);
    } finally {
      await observer.close();
    }
    assert.deepEqual(recorded.values(), {}, "something is left");
    return recorded;
  }

  const namesOf = ({ watched }: TestKind): readonly string[] => watched.map(({ target }) => target.name);
  const whatOf = ({ events }: RecordedObserve) => events.map(({ subject, fields }) => [subject, fields["what"]]);

  test("clients that are found are called by their kind, in order of their ports, and one that is gone is known for an hour", async (t) => {
    // Otherwise a series changes its name from start to start, or a client that died is forgotten with it.
    const both = (await Promise.all([fakeClient(t, "geth/1"), fakeClient(t, "geth/2")])).toSorted((a, b) => a.port - b.port);
    const [first, second] = both;
    assert.ok(first && second);
    const geth = testKind({ id: "geth", ports: { rpc: both.map(({ port }) => port), metrics: [] } });
    let open = both;
    const sockets = () => open.map(({ port }) => ({ address: "127.0.0.1", port, inode: 1 }));
    await watching({}, [geth], sockets, async ({ advance }, reached, looked) => {
      await reached(() => geth.watched.length === 2);
      assert.deepEqual(
        geth.watched.map(({ target }) => [target.name, target.rpc?.url.port]),
        [
          ["geth", `${first.port}`],
          ["geth-2", `${second.port}`],
        ],
      );
      open = [second];
      await looked();
      advance(3_600_000);
      await looked();
      assert.equal(geth.watched[0]?.signal.aborted, false);
      advance(1);
      await reached(() => geth.watched[0]?.signal.aborted === true);
      assert.equal(geth.watched[1]?.signal.aborted, false);
    });
  });

  test("another program at the port is a restart, or another client", async (t) => {
    // Otherwise what was remembered of the old process is told of the new one.
    const { port, server } = await fakeClient(t, "geth/1");
    const geth = testKind({ id: "geth", ports: { rpc: [port], metrics: [] } });
    const anvil = testKind({ id: "anvil", ports: { rpc: [port], metrics: [] } });
    let inode = 1;
    const sockets = () => [{ address: "127.0.0.1", port, inode }];
    const recorded = await watching({}, [anvil, geth], sockets, async (_, reached) => {
      await reached(() => geth.watched.length === 1);
      inode = 2;
      await reached(() => geth.watched.length === 2);
      assert.equal(geth.watched[0]?.signal.aborted, true);
      server.removeAllListeners("request");
      server.on("request", (_, response) => response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: "anvil/1" })));
      inode = 3;
      await reached(() => anvil.watched.length === 1);
      assert.equal(geth.watched[1]?.signal.aborted, true);
    });
    assert.deepEqual([...namesOf(geth), ...namesOf(anvil)], ["geth", "geth", "anvil"]);
    assert.deepEqual(whatOf(recorded), [["geth", "restarted"]]);
  });

  test("a configured client of unknown kind is down under its address until it says what it is", async (t) => {
    // Otherwise nobody is told of a client that is configured and does not run.
    const { port, server } = await fakeClient(t, "nothing that is known");
    const geth = testKind({ id: "geth", ports: { rpc: [port], metrics: [] } });
    const section = { chain: { clients: [{ rpc_url: `http://127.0.0.1:${port}`, simulated: true }] } };
    const sockets = () => [{ address: "127.0.0.1", port, inode: 1 }];
    await watching(section, [geth], sockets, async ({ values, absences }, reached) => {
      const up = `chainpulse.chain.client.up{chain.client="127.0.0.1:${port}",simulated="true"}`;
      await reached(() => values()[up] === 0);
      assert.match(absences.get(`127.0.0.1:${port}: kind`)?.detail ?? "", /no client that is known/);
      server.removeAllListeners("request");
      server.on("request", (_, response) => response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: "geth/1" })));
      await reached(() => geth.watched.length === 1);
      assert.deepEqual([values()[up], absences.size], [undefined, 0]);
    });
    // Once: its port is not asked a second time as one that was found.
    assert.deepEqual(
      geth.watched.map(({ target }) => [target.name, target.isFound]),
      [["geth", false]],
    );
  });

  test("a client that cannot be watched is told, and harms no other", async (t) => {
    // Otherwise one client's wrong file ends the watch of all.
    await fakeClient(t, "keeps the loop alive: all waits of clients let it end");
    const bad = testKind({ id: "bad", watch: () => Promise.reject(new Error("no such file")) });
    const good = testKind({ id: "good" });
    const clients = [{ kind: "bad" }, { kind: "good" }, { kind: "good" }, { kind: "ugly", name: "x" }];
    await watching(
      { chain: { clients } },
      [bad, good],
      () => [],
      async ({ values, absences }, reached) => {
        await reached(() => values()['chainpulse.chain.client.up{chain.client="bad"}'] === 0);
        assert.match(absences.get("bad: answers")?.detail ?? "", /no such file/);
        assert.deepEqual(namesOf(good), ["good", "good-2"]);
        assert.match(absences.get("x")?.fix ?? "", /auto, bad, good/);
      },
    );
  });

  test("the observer is wanted where a client is configured, or something listens at a usual port; and only then", async () => {
    // Otherwise a machine without a client starts a thread for nothing, or one with a client does not see it.
    using root = mkdtempDisposableSync(join(tmpdir(), "chain-"));
    mkdirSync(join(root.path, "net"));
    const wanted = (chain: unknown) => chainObserver.wanted(configSchema.parse({ chain, host: { proc_root: root.path } }));
    const listen = (port: string) =>
      writeFileSync(join(root.path, "net", "tcp"), `heading\n 0: 0100007F:${port} 00000000:0000 0A 0:0 00:0 0 0 0 41234 1 0\n`);
    assert.equal(await wanted({}), false);
    assert.equal(await wanted({ clients: [{ rpc_url: "http://10.0.0.1:8545" }] }), true);
    listen("0050");
    assert.equal(await wanted({}), false);
    listen("2161");
    assert.equal(await wanted({}), true);
    assert.equal(await wanted({ discover: false }), false);
    assert.equal(await wanted({ enabled: false, clients: [{}] }), false);
  });
});
