import assert from "node:assert/strict";
import { mkdirSync, renameSync } from "node:fs";
import { describe, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import type { SpanForwardFacts } from "../../../core/forward.ts";
import type { StoredEvent } from "../../../core/node-event.ts";
import { observedSource } from "../../../core/observed-span.ts";
import type { Span } from "../../../core/span.ts";
import { spanOf, telemetryLab, type TelemetryLab } from "../../../store/beside/telemetry.test-support.ts";
import { eventPath } from "../../../store/beside/telemetry-files.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import { writeEventPlace } from "../../../store/outbox/notes.ts";
import { inodeOf } from "../../../store/partition/partition-files.ts";
import { outboxDir } from "../../../store/outbox/segment-files.ts";
import { agentPaths } from "../../agent-protocol/exchange.ts";
import { spanPageContentType, spanPageLimits } from "../../agent-protocol/span-page.ts";
import { type Accident, labelsOf, nowMs, openTestAgent, openTestHub, type TestHub, tick } from "./hub.test-support.ts";
import { encodeSpans } from "../spans/span-message.ts";
import { storedPages } from "./stored-pages.ts";

const { signal } = new AbortController();

function block(number: number, part: Partial<StoredEvent> = {}): StoredEvent {
  return { kind: "chain.block", node: "n-1", subject: "geth", key: `0x${number}`, timeMs: number, fields: { number }, ...part };
}

type Kind = "events" | "spans";

interface SendingAgent extends Disposable {
  /** Lets it look for events, or spans; resolves with how long it then waits, ms. */
  look(kind?: Kind): Promise<number>;
  spanFacts(): SpanForwardFacts | null | undefined;
}

/** An agent that has said hello, and whose time is the test's. */
async function openSendingAgent(hub: TestHub, { dataDir }: TelemetryLab): Promise<SendingAgent> {
  mkdirSync(outboxDir(dataDir), { recursive: true });
  const { logger } = keepLines();
  const waits = { events: new TestWait(), spans: new TestWait() };
  /** Each sender has a signal of its own; that of events is the first. */
  let first: AbortSignal | null = null;
  const wait = (ms: number, ended: AbortSignal): Promise<void> => {
    first ??= ended;
    return waits[ended === first ? "events" : "spans"].begin(ms, ended);
  };
  const agent = openTestAgent(hub, {}, "n-1", { ...storedPages({ dataDir, node: "n-1", logger }), wait, logger });
  assert.deepEqual(await agent.destination.send([tick(1, 1)], labelsOf, signal), { kind: "stored" });
  return {
    look: (kind = "events") => waits[kind].end(),
    spanFacts: () => agent.destination.spans?.(),
    [Symbol.dispose]: () => agent[Symbol.dispose](),
  };
}

/** A wait that ends when the test says so. */
class TestWait {
  #wake = (): void => undefined;
  #begun = Promise.withResolvers<number>();

  begin(ms: number, ended: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    ended.addEventListener("abort", () => resolve());
    this.#begun.resolve(ms);
    return promise;
  }

  /** Resolves with the length of the next one. */
  end(): Promise<number> {
    this.#begun = Promise.withResolvers();
    this.#wake();
    return this.#begun.promise;
  }
}

/** Something that happens to requests with pages. */
function toPages(kind: Kind, accident: Accident): Accident {
  return (request, response) => (request.url === agentPaths[kind] ? accident(request, response) : null);
}

const answering = (kind: Kind, status: number, headers: Record<string, string> = {}): Accident =>
  toPages(kind, (_, response) => (response.writeHead(status, headers).end(), "handled"));

function pagesSent({ requests }: TestHub, kind: Kind = "events"): number {
  return requests.filter((request) => request.startsWith(agentPaths[kind])).length;
}

describe("events on their way to the hub", () => {
  test("the hub has what the agent has, with the last word on each event, and nothing is sent twice", async () => {
    // If it fails, the hub's page of a node shows no blocks, old ones for ever, or the link is full of what it has already.
    await using hub = await openTestHub();
    using lab = telemetryLab();
    lab.store.addEvents([block(1), block(2), block(9, { node: "n-2" })]);
    using agent = await openSendingAgent(hub, lab);
    assert.equal(await agent.look(), 2000);
    assert.deepEqual(hub.events("chain.block"), [block(2), block(1)]);
    const orphaned = block(2, { fields: { number: 2, status: "orphaned" } });
    lab.store.addEvents([orphaned, block(3)]);
    await agent.look();
    assert.deepEqual(hub.events("chain.block"), [block(3), orphaned, block(1)]);
    await agent.look();
    using anew = await openSendingAgent(hub, lab);
    await anew.look();
    assert.equal(pagesSent(hub), 2);
    lab.store.addEvents([block(4)]);
    await anew.look();
    assert.equal(hub.events("chain.block").length, 4);
  });

  test("an acknowledgement that is lost doubles nothing, and what waits goes page by page", async () => {
    // If it fails, a broken connection shows each block twice, or a hub that was away never catches up.
    await using hub = await openTestHub();
    using lab = telemetryLab();
    const all = Array.from({ length: 1201 }, (_, index) => block(index));
    lab.store.addEvents(all);
    using agent = await openSendingAgent(hub, lab);
    hub.accident = toPages("events", () => "afterwards");
    assert.equal(await agent.look(), 250);
    assert.equal(await agent.look(), 500);
    assert.equal(hub.events("chain.block").length, 500);
    hub.accident = null;
    assert.equal(await agent.look(), 2000);
    assert.deepEqual(hub.events("chain.block"), all.toReversed());
    assert.equal(pagesSent(hub), 5);
    lab.store.addEvents(Array.from({ length: 40 }, (_, index) => block(index, { fields: { text: "x".repeat(16_000) } })));
    await agent.look();
    assert.equal(pagesSent(hub), 8);
  });

  test("a file of events that was begun anew is sent from its beginning", async () => {
    // If it fails, an agent whose file was damaged sends nothing for a week, until it has counted up to where it was.
    await using hub = await openTestHub();
    using lab = telemetryLab();
    lab.store.addEvents([block(1), block(2)]);
    using agent = await openSendingAgent(hub, lab);
    await agent.look();
    lab.store.close();
    // As the store sets a damaged file aside; the new one has counted beyond the old one's place when somebody looks.
    const path = eventPath(lab.dataDir);
    renameSync(path, `${path}.corrupt`);
    assert.equal(await agent.look(), 2000);
    lab.reopen();
    lab.store.addEvents([block(3), block(4), block(5)]);
    await agent.look();
    assert.deepEqual(
      hub.events("chain.block"),
      [5, 4, 3, 2, 1].map((number) => block(number)),
    );
    // As a loss of power takes back what was not on the disk yet.
    writeEventPlace(lab.dataDir, { file: String(inodeOf(path)), id: 4 });
    using anew = await openSendingAgent(hub, lab);
    await anew.look();
    assert.equal(pagesSent(hub), 3);
  });

  test("a hub that takes no events is left alone, one that is busy is asked later, and what it refuses is given up", async () => {
    // If it fails, an older hub is asked twice a second by its whole fleet, or one wrong page keeps all later events.
    await using hub = await openTestHub();
    using lab = telemetryLab();
    lab.store.addEvents([block(1)]);
    using agent = await openSendingAgent(hub, lab);
    hub.accident = answering("events", 404);
    assert.equal(await agent.look(), 3_600_250);
    hub.accident = answering("events", 503, { "retry-after": "7" });
    assert.equal(await agent.look(), 7500);
    hub.accident = answering("events", 401);
    assert.equal(await agent.look(), 31_000);
    hub.accident = answering("events", 400);
    assert.equal(await agent.look(), 2000);
    hub.accident = null;
    lab.store.addEvents([block(2)]);
    await agent.look();
    assert.deepEqual(hub.events("chain.block"), [block(2)]);
  });
});

/** A span of the node's own, as observers make them. */
function observed(id: number, part: Partial<Span> = {}): Span {
  const source = observedSource("n-1", "geth");
  const startNs = BigInt(nowMs) * 1_000_000n;
  return spanOf({ source, traceId: id.toString(16).padStart(32, "0"), name: "transaction", startNs, endNs: startNs, ...part });
}

/** Ids of the hub's spans, and whose they are. */
function onHub(hub: TestHub, id: number): readonly (readonly [name: string, node: unknown, offset: unknown])[] {
  return hub
    .spans(id.toString(16).padStart(32, "0"))
    .map(({ name, source, attributes }) => [name, source.resource["chainpulse.node"], attributes["clock.offset_ms"]]);
}

describe("spans on their way to the hub", () => {
  test("are the node's own, complete, with the clock's offset, each once and as it was told last", async () => {
    // If it fails, the hub's traces lack a node, show a waiting transaction for ever, or another node's spans under a wrong name.
    await using hub = await openTestHub();
    using lab = telemetryLab();
    lab.store.addSpans([
      observed(1),
      observed(2, { source: observedSource("n-2", "geth") }),
      spanOf({ traceId: "0".repeat(31) + "3" }),
    ]);
    using agent = await openSendingAgent(hub, lab);
    assert.equal(await agent.look("spans"), 1000);
    assert.deepEqual(onHub(hub, 1), [["transaction", "n-1", 0]]);
    assert.deepEqual(onHub(hub, 2), []);
    assert.deepEqual(onHub(hub, 3), [["GET /cart", "n-1", undefined]]);
    const [sent] = hub.spans("0".repeat(31) + "1");
    assert.deepEqual(sent, observed(1, { attributes: { ...observed(1).attributes, "clock.offset_ms": 0, "clock.err_ms": 1 } }));
    lab.store.addSpans([observed(1, { status: "ok", endNs: BigInt(nowMs + 9) * 1_000_000n })]);
    await agent.look("spans");
    assert.deepEqual(
      hub.spans("0".repeat(31) + "1").map(({ status }) => status),
      ["ok"],
    );
    await agent.look("spans");
    using anew = await openSendingAgent(hub, lab);
    await anew.look("spans");
    assert.equal(pagesSent(hub, "spans"), 2);
  });

  test("an acknowledgement that is lost doubles nothing, and what waits goes page by page without a pause", async () => {
    // If it fails, a broken connection draws each span twice, or a hub that was away for an hour never catches up.
    await using hub = await openTestHub();
    using lab = telemetryLab();
    const ids = Array.from({ length: 2500 }, (_, index) => index + 1);
    lab.store.addSpans(ids.map((id) => observed(id)));
    using agent = await openSendingAgent(hub, lab);
    hub.accident = toPages("spans", () => "afterwards");
    assert.equal(await agent.look("spans"), 250);
    hub.accident = null;
    assert.equal(await agent.look("spans"), 1000);
    for (const id of [1, 2000, 2500]) assert.equal(onHub(hub, id).length, 1);
    assert.equal(agent.spanFacts()?.sent, 2500);
  });

  test("a hub of an older version is left alone, and a span that is too large takes no other with it", async () => {
    // If it fails, an older hub is asked every second by its whole fleet, or one huge span keeps all later ones.
    await using hub = await openTestHub();
    using lab = telemetryLab();
    const huge = { text: "x".repeat(spanPageLimits.bytes) };
    lab.store.addSpans([observed(1), observed(2, { attributes: huge }), observed(3)]);
    using agent = await openSendingAgent(hub, lab);
    hub.accident = answering("spans", 404);
    assert.equal(await agent.look("spans"), 3_600_250);
    hub.accident = null;
    await agent.look("spans");
    assert.deepEqual(
      [1, 2, 3].map((id) => onHub(hub, id).length),
      [1, 0, 1],
    );
    assert.deepEqual(agent.spanFacts(), { sent: 2, refused: 1, leftOut: 0, skippedFiles: 0 });
  });

  test("are taken by the door from agents that it knows, within its bounds", async () => {
    // If it fails, a page of a stranger, a bomb or garbage is stored, or is not answered.
    await using hub = await openTestHub();
    const page = (body: Uint8Array): Promise<number> => hub.ask(spanPageContentType, Uint8Array.from(zstdCompressSync(body)));
    const good = encodeSpans([observed(1, { source: observedSource("n-2", "geth") })]);
    assert.equal(await page(good), 409);
    using agent = openTestAgent(hub, {}, "n-2");
    await agent.destination.send([tick(1, 1)], labelsOf, signal);
    assert.equal(await page(good), 200);
    assert.equal(await page(encodeSpans([observed(1), observed(2, { source: observedSource("n-3", "geth") })])), 409);
    assert.equal(await page(new Uint8Array(spanPageLimits.bytes + 1)), 400);
    assert.equal(await page(good.subarray(0, good.length - 3)), 400);
    assert.equal(await hub.ask(spanPageContentType, Uint8Array.of(1, 2, 3)), 400);
    hub.tokenNode = "n-7";
    assert.equal(await page(good), 409);
    hub.tokenNode = "n-2";
    assert.equal(await page(good), 200);
    assert.equal(onHub(hub, 1).length, 1);
  });
});
