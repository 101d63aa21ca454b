import assert from "node:assert/strict";
import { mkdirSync, renameSync } from "node:fs";
import { describe, test } from "node:test";
import type { StoredEvent } from "../../../core/node-event.ts";
import { telemetryLab, type TelemetryLab } from "../../../store/beside/telemetry.test-support.ts";
import { eventPath } from "../../../store/beside/telemetry-files.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import { writeEventPlace } from "../../../store/outbox/notes.ts";
import { inodeOf } from "../../../store/partition/partition-files.ts";
import { outboxDir } from "../../../store/outbox/segment-files.ts";
import { agentPaths } from "../../agent-protocol/exchange.ts";
import { type Accident, labelsOf, openTestAgent, openTestHub, type TestHub, tick } from "./hub.test-support.ts";
import { storedEvents } from "./stored-events.ts";

const { signal } = new AbortController();

function block(number: number, part: Partial<StoredEvent> = {}): StoredEvent {
  return { kind: "chain.block", node: "n-1", subject: "geth", key: `0x${number}`, timeMs: number, fields: { number }, ...part };
}

interface SendingAgent extends Disposable {
  /** Lets it look for events; resolves with how long it then waits, ms. */
  look(): Promise<number>;
}

/** An agent that has said hello, and whose time is the test's. */
async function openSendingAgent(hub: TestHub, { dataDir }: TelemetryLab): Promise<SendingAgent> {
  mkdirSync(outboxDir(dataDir), { recursive: true });
  const { logger } = keepLines();
  let wake = (): void => undefined;
  let waits = Promise.withResolvers<number>();
  const wait = (ms: number, ended: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    ended.addEventListener("abort", () => resolve());
    waits.resolve(ms);
    return promise;
  };
  const agent = openTestAgent(hub, {}, "n-1", { feed: storedEvents({ dataDir, node: "n-1", logger }), wait, logger });
  assert.deepEqual(await agent.destination.send([tick(1, 1)], labelsOf, signal), { kind: "stored" });
  await waits.promise;
  return {
    look() {
      waits = Promise.withResolvers();
      wake();
      return waits.promise;
    },
    [Symbol.dispose]: () => agent[Symbol.dispose](),
  };
}

/** Something that happens to requests with events. */
function toEvents(accident: Accident): Accident {
  return (request, response) => (request.url === agentPaths.events ? accident(request, response) : null);
}

const answering = (status: number, headers: Record<string, string> = {}): Accident =>
  toEvents((_, response) => (response.writeHead(status, headers).end(), "handled"));

function pagesSent({ requests }: TestHub): number {
  return requests.filter((request) => request.startsWith(agentPaths.events)).length;
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
    hub.accident = toEvents(() => "afterwards");
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
    hub.accident = answering(404);
    assert.equal(await agent.look(), 3_600_000);
    hub.accident = answering(503, { "retry-after": "7" });
    assert.equal(await agent.look(), 7250);
    hub.accident = answering(401);
    assert.equal(await agent.look(), 30_500);
    hub.accident = answering(400);
    assert.equal(await agent.look(), 2000);
    hub.accident = null;
    lab.store.addEvents([block(2)]);
    await agent.look();
    assert.deepEqual(hub.events("chain.block"), [block(2)]);
  });
});
