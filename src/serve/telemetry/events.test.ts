import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { StoredEvent } from "../../core/node-event.ts";
import { labDomain } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { hostileText } from "./telemetry-world.test-support.ts";

const base = "/api/v1/performance";

const eventOf = (part: Partial<StoredEvent>): StoredEvent => ({
  kind: "lab.shift",
  node: "node-1",
  subject: "geth",
  key: "0xa",
  timeMs: 1_764_000_000_000,
  fields: {},
  ...part,
});

const stored = [
  eventOf({
    fields: {
      number: 1,
      fees: "100000000000000000001",
      canonical: true,
      miner: null,
      phases: { execution: 0.5 },
      orphaned: ["0xb"],
    },
  }),
  eventOf({ key: "0xb", timeMs: 1_764_000_001_000 }),
  eventOf({ key: hostileText, subject: hostileText, timeMs: 1_764_000_002_000, fields: { [hostileText]: hostileText } }),
  eventOf({ key: "0xc", node: "node-2", timeMs: 1_764_000_003_000 }),
];

interface Events {
  readonly events: readonly StoredEvent[];
  readonly next: string | null;
}

describe("events over HTTP", () => {
  let world: World;
  before(async () => {
    world = await openWorld({ domains: [labDomain] });
    world.telemetry.addEvents(stored);
    world.pass(10_000);
  });
  after(() => world.close());

  const keys = async (query: string): Promise<readonly string[]> =>
    (await world.json<Events>(`${base}/nodes/node-1/events?kind=lab.shift${query}`)).events.map(({ key }) => key);

  test("a node's events are found by what they are, newest first, as they were stored", async () => {
    // If it fails, a page shows the blocks of another node, or an amount with other digits.
    const { events, next } = await world.json<Events>(`${base}/nodes/node-1/events?kind=lab.shift`);
    assert.deepEqual([events, next], [[stored[2], stored[1], stored[0]], null]);
    assert.deepEqual(await keys("&subject=geth"), ["0xb", "0xa"]);
    assert.deepEqual(await keys("&key=0xa"), ["0xa"]);
    assert.deepEqual(await keys("&from=-9s&to=now"), ["0xb", hostileText].reverse());
    assert.deepEqual(await keys("&to=1764000000"), ["0xa"]);
    const first = await world.json<Events>(`${base}/nodes/node-1/events?kind=lab.shift&limit=1`);
    assert.deepEqual(await keys(`&limit=1&cursor=${first.next}`), ["0xb"]);
  });

  test("the kinds are told, and another kind, node, time or cursor is refused", async () => {
    // If it fails, an empty answer says that nothing has happened, where the question was wrong.
    assert.deepEqual(await world.json(`${base}/event-kinds`), { kinds: labDomain.events });
    for (const [path, status, code] of [
      ["node-1/events", 400, "BAD_REQUEST"],
      ["node-1/events?kind=chain.nothing", 400, "BAD_REQUEST"],
      ["node-9/events?kind=lab.shift", 404, "NODE_NOT_FOUND"],
      ["node-1/events?kind=lab.shift&from=x", 400, "BAD_REQUEST"],
      ["node-1/events?kind=lab.shift&cursor=x", 400, "BAD_REQUEST"],
      ["node-1/events?kind=lab.shift&limit=501", 400, "BAD_REQUEST"],
    ] as const) {
      const answer = await world.fetch(`${base}/nodes/${path}`);
      const { code: told } = (await answer.json()) as { readonly code: string };
      assert.deepEqual([answer.status, told], [status, code], path);
    }
  });

  test("GraphQL gives the same", async () => {
    // If it fails, a page made with GraphQL shows something else than one made with REST.
    const query = `{
      eventKinds { kind fields { name help } }
      events(nodeId: "node-1", kind: "lab.shift", subject: "geth", first: 2) {
        edges { node { key timeMs fields { name value } } } pageInfo { hasPreviousPage } warnings
      }
    }`;
    const { data } = await world.json<{ readonly data: unknown }>("/graphql", { query });
    assert.deepEqual(data, {
      eventKinds: [{ kind: "lab.shift", fields: [{ name: "number", help: "Its number." }] }],
      events: {
        edges: [
          { node: { key: "0xb", timeMs: 1_764_000_001_000, fields: [] } },
          {
            node: {
              key: "0xa",
              timeMs: 1_764_000_000_000,
              fields: [
                { name: "number", value: "1" },
                { name: "fees", value: "100000000000000000001" },
                { name: "canonical", value: "true" },
                { name: "miner", value: null },
                { name: "phases", value: '{"execution":0.5}' },
                { name: "orphaned", value: '["0xb"]' },
              ],
            },
          },
        ],
        pageInfo: { hasPreviousPage: false },
        warnings: [],
      },
    });
    const wrong = await world.json<{ readonly errors: readonly { readonly extensions: { readonly code: string } }[] }>(
      "/graphql",
      {
        query: '{ events(nodeId: "node-9", kind: "lab.shift") { warnings } }',
      },
    );
    assert.equal(wrong.errors[0]?.extensions.code, "NODE_NOT_FOUND");
  });
});
