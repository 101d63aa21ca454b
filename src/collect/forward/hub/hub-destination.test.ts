import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ChainPulseError } from "../../../core/errors.ts";
import { labelsOf, nowMs, openTestAgent, openTestHub, testPin, tick, tlsFile } from "./hub.test-support.ts";

const { signal } = new AbortController();

describe("an agent and its hub", () => {
  test("what is sent is stored, series are told once, and the hub knows its agent", async () => {
    // If it fails, a fleet shows other values than its nodes measure, or does not know who reports.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    for (const seq of [1, 2, 3]) {
      assert.deepEqual(await agent.destination.send([tick(2 * seq, 5), tick(2 * seq + 1, 5)], labelsOf, signal), {
        kind: "stored",
      });
    }
    assert.equal(hub.stored.size, 30);
    assert.equal(hub.held(), 5);
    const [, bits] = [...hub.stored].find(([key]) => key.includes("job-4") && key.endsWith(` ${nowMs - 98_000}`)) ?? [];
    assert.equal(bits, new BigUint64Array(Float64Array.of(2 + 4 / 7).buffer)[0]?.toString(16));
    const [record] = hub.book().list();
    assert.equal(record?.node, "n-1");
    assert.equal(record?.type, "validator");
    assert.deepEqual(record?.labels, { site: "a" });
    assert.equal(record?.seq, 7);
    assert.equal(record?.storedSamples, 30);
    assert.equal(record?.lastSampleMs, nowMs - 93_000);
    assert.equal(record?.state?.tlsGroup, "X25519MLKEM768");
    assert.partialDeepStrictEqual(record?.state?.clock, { offsetMs: 0, errorMs: 1, atMs: nowMs });
    assert.deepEqual(agent.destination.facts().tlsGroup, "X25519MLKEM768");
  });

  test("F23: an acknowledgement that is lost costs a question, and no sample is stored twice", async () => {
    // If it fails, a broken connection doubles samples, or the agent waits for ever.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    await agent.destination.send([tick(1, 3)], labelsOf, signal);
    hub.accident = () => "afterwards";
    const outcome = await agent.destination.send([tick(2, 3)], labelsOf, signal);
    assert.equal(outcome.kind, "retry");
    hub.accident = null;
    assert.deepEqual(await agent.destination.send([tick(2, 3), tick(3, 3)], labelsOf, signal), { kind: "stored" });
    assert.equal(hub.storedCount(), 9);
    assert.equal(hub.stored.size, 9);
  });

  test("a session that another one ends while its batch is stored still writes its own series", async () => {
    // If it fails, two machines of one name (a copied disk) write values into series that they do not belong to.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    using twin = openTestAgent(hub);
    await agent.destination.send([tick(1, 2)], labelsOf, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    hub.numbering = promise;
    const sent = agent.destination.send([tick(2, 3)], labelsOf, signal);
    while (hub.requests.length < 3) await nextTurn();
    const other = twin.destination.send([tick(3, 1)], labelsOf, signal);
    while (hub.requests.length < 5) await nextTurn();
    resolve();
    await Promise.all([sent, other]);
    for (const ref of [0, 1, 2]) {
      const stored = [...hub.stored].find(([key]) => key.includes(`job-${ref}`) && key.endsWith(` ${nowMs - 98_000}`));
      assert.equal(stored?.[1], new BigUint64Array(Float64Array.of(2 + ref / 7).buffer)[0]?.toString(16));
    }
    assert.equal(hub.held(), 1);
  });

  test("an agent that calls itself like the hub is told so, and nothing of it is stored", async () => {
    // If it fails, the values of two machines of one host name alternate in one series.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub, {}, "hub-1");
    const outcome = await agent.destination.send([tick(1, 1)], labelsOf, signal);
    assert.equal(outcome.kind, "retry");
    assert.match(outcome.message, /is itself the node "hub-1": give the agent another node\.id/);
    assert.equal(hub.storedCount(), 0);
  });

  test("a request that is lost is sent again as it was", async () => {
    // If it fails, every lost packet makes all series be told anew.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    await agent.destination.send([tick(1, 3)], labelsOf, signal);
    hub.accident = (request) => (request.socket.destroy(), "handled");
    assert.equal((await agent.destination.send([tick(2, 3)], labelsOf, signal)).kind, "retry");
    hub.accident = null;
    assert.deepEqual(await agent.destination.send([tick(2, 3), tick(3, 3)], labelsOf, signal), { kind: "stored" });
    assert.equal(hub.requests.filter((request) => request.includes("hello")).length, 1);
    assert.equal(hub.stored.size, 9);
  });

  test("a hub that was started anew is greeted anew, and what it wrote down is not sent again", async () => {
    // If it fails, agents stop after a restart of the hub.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    await agent.destination.send([tick(1, 3), tick(2, 3)], labelsOf, signal);
    hub.restart();
    assert.equal(hub.held(), 0);
    assert.deepEqual(await agent.destination.send([tick(2, 3), tick(3, 3)], labelsOf, signal), { kind: "stored" });
    assert.equal(hub.storedCount(), 9);
    assert.equal(hub.held(), 3);
    assert.equal(hub.book().list()[0]?.storedSamples, 9);
  });

  test("S7: the token goes to nobody but the hub whose key is pinned", async () => {
    // If it fails, whoever answers in the hub's place gets a token that writes into it.
    await using hub = await openTestHub();
    const wrong = testPin.replace("sha256/", "sha256/A").slice(0, testPin.length);
    const cases = [
      [{ pin: wrong }, /the server shows the key sha256\/.*, not the pinned/],
      [{ pin: undefined }, /signed by nobody but itself; hub\.pin says/],
      [{ ca_file: tlsFile("other.crt") }, /signed by nobody but itself/],
      [{ pin: undefined, ca_file: tlsFile("server.crt") }, /its certificate is for another name/],
    ] as const;
    for (const [given, message] of cases) {
      using agent = openTestAgent(hub, given);
      const outcome = await agent.destination.send([tick(1, 1)], labelsOf, signal);
      assert.equal(outcome.kind, "retry");
      assert.match("message" in outcome ? outcome.message : "", message);
    }
    assert.deepEqual(hub.requests, []);
    using agent = openTestAgent(hub, { ca_file: tlsFile("server.crt") });
    assert.equal((await agent.destination.send([tick(1, 1)], labelsOf, signal)).kind, "stored");
    assert.match(hub.requests[0] ?? "", /Bearer cpt_secret$/);
  });

  test("a hub that is busy is left alone for as long as it says, and the batch is not encoded twice", async () => {
    // If it fails, agents run over a hub that asks for time.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    await agent.destination.send([tick(1, 3)], labelsOf, signal);
    for (const status of [429, 503]) {
      hub.accident = (_, response) => (response.writeHead(status, { "retry-after": "7" }).end("busy"), "handled");
      const outcome = await agent.destination.send([tick(2, 3)], labelsOf, signal);
      assert.equal(outcome.kind === "retry" && outcome.afterMs !== undefined && outcome.afterMs >= 7000, true);
    }
    hub.accident = null;
    assert.deepEqual(await agent.destination.send([tick(2, 3)], labelsOf, signal), { kind: "stored" });
    assert.equal(hub.requests.filter((request) => request.includes("hello")).length, 1);
  });

  test("pauses grow, up to half a minute", async () => {
    // If it fails, a fleet hammers at a hub that is down.
    using agent = openTestAgent({ url: "https://127.0.0.1:1/" });
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      const outcome = await agent.destination.send([tick(1, 1)], labelsOf, signal);
      pauses.push(outcome.kind === "retry" ? (outcome.afterMs ?? 0) : -1);
    }
    assert.deepEqual(pauses, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  test("a full disk on the hub loses nothing", async () => {
    // If it fails, samples are given up that the hub would take an hour later.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    hub.failing = new ChainPulseError("STORE_FULL", "the disk is full");
    const outcome = await agent.destination.send([tick(1, 3)], labelsOf, signal);
    assert.equal(outcome.kind, "retry");
    assert.ok("afterMs" in outcome && (outcome.afterMs ?? 0) >= 10_000);
    hub.failing = null;
    assert.deepEqual(await agent.destination.send([tick(1, 3)], labelsOf, signal), { kind: "stored" });
    assert.equal(hub.stored.size, 3);
  });

  test("a batch that cannot be read is given up after a second try, and the next one goes on", async () => {
    // If it fails, one bad batch stops an agent for good.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    hub.accident = ({ url }, response) =>
      url?.endsWith("batches") === true ? (response.writeHead(400).end("no"), "handled") : null;
    assert.deepEqual(await agent.destination.send([tick(1, 3)], labelsOf, signal), {
      kind: "refused",
      message: "400 no",
      count: 3,
    });
    hub.accident = null;
    assert.deepEqual(await agent.destination.send([tick(2, 3)], labelsOf, signal), { kind: "stored" });
    assert.equal(hub.stored.size, 3);
  });

  test("an agent writes for its own node only", async () => {
    // If it fails, whoever has one node's token can forge what another one measures.
    await using hub = await openTestHub();
    hub.tokenNode = "n-2";
    using stranger = openTestAgent(hub);
    const refused = await stranger.destination.send([tick(1, 1)], labelsOf, signal);
    assert.match(
      "message" in refused ? refused.message : "",
      /the token is for the node "n-2", and this one calls itself "n-1"/,
    );
    assert.ok("afterMs" in refused && (refused.afterMs ?? 0) >= 30_000);
    hub.tokenNode = "n-1";
    using agent = openTestAgent(hub);
    const forged = () => ({ __name__: "up", node: "n-9" });
    assert.equal((await agent.destination.send([tick(1, 1)], forged, signal)).kind, "stored");
    const [key] = hub.stored.keys();
    assert.match(key ?? "", /^__name__\0up\0exported_node\0n-9\0node\0n-1\0 /);
    // A session of one node is none of another one's.
    hub.tokenNode = "n-3";
    const stolen = await agent.destination.send([tick(2, 1)], forged, signal);
    assert.match("message" in stolen ? stolen.message : "", /403 the token is for the node "n-3"/);
    assert.equal(hub.stored.size, 1);
  });

  test("samples from the future are left out, counted, and told", async () => {
    // If it fails, a node with a wrong clock hides its own values on the hub, or nobody learns why they are missing.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    const outcome = await agent.destination.send([tick(1, 3), tick(2, 3, nowMs + 700_000)], labelsOf, signal);
    assert.equal(outcome.kind, "refused");
    assert.equal("count" in outcome && outcome.count, 3);
    assert.match("message" in outcome ? outcome.message : "", /3 samples lie more than ten minutes in the future/);
    assert.equal(hub.stored.size, 3);
    assert.equal(hub.book().list()[0]?.refusedSamples, 3);
    assert.equal((await agent.destination.send([tick(3, 3)], labelsOf, signal)).kind, "stored");
  });

  test("F19: what an agent has lost is a gap on the hub's time axis, once, with its exact count", async () => {
    // If it fails, a hole in the charts looks like a node that was down.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    agent.queue = { ...agent.queue, droppedSamples: 1234, gap: { fromMs: nowMs - 9000, toMs: nowMs - 5000 } };
    for (const seq of [1, 2]) await agent.destination.send([tick(seq, 3)], labelsOf, signal);
    hub.restart();
    await agent.destination.send([tick(3, 3)], labelsOf, signal);
    assert.equal(hub.marks.length, 1);
    assert.equal(hub.marks[0]?.kind, "gap");
    assert.match(hub.marks[0]?.title ?? "", /^1234 samples of n-1 are lost/);
    assert.deepEqual([hub.marks[0]?.timestampMs, hub.marks[0]?.endMs], [nowMs - 9000, nowMs - 5000]);
  });

  test("an agent that is forgotten stays so, until it comes again", async () => {
    // If it fails, a node that is gone for good alerts for ever.
    await using hub = await openTestHub();
    using agent = openTestAgent(hub);
    await agent.destination.send([tick(1, 3)], labelsOf, signal);
    hub.book().flush();
    assert.equal(hub.registry.forget("n-1"), true);
    hub.book().flush();
    assert.deepEqual(hub.book().list(), []);
    assert.deepEqual(await agent.destination.send([tick(2, 3)], labelsOf, signal), { kind: "stored" });
    assert.deepEqual(
      hub
        .book()
        .list()
        .map(({ node }) => node),
      ["n-1"],
    );
  });
});
