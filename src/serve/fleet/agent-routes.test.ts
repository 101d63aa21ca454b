import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { zstdCompressSync } from "node:zlib";
import { eventPageContentType } from "../../collect/agent-protocol/event-page.ts";
import { agentPaths } from "../../collect/agent-protocol/exchange.ts";
import { labelsOf, openTestAgent, tick } from "../../collect/forward/hub/hub.test-support.ts";
import { pinOfPem } from "../../io/pinned-connection.ts";
import { readBytes } from "../../io/file-tree.ts";
import { openWorld, type World } from "../world.test-support.ts";

const { signal } = new AbortController();
const tlsFile = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const tls = { cert_file: tlsFile("first.crt"), key_file: tlsFile("first.key") };
const pin = pinOfPem(readBytes(tls.cert_file));

/** A hub that asks for tokens; with TLS where it is given. */
function openHub(tlsSettings?: object): Promise<World> {
  const server = {
    listen: "127.0.0.1:0",
    auth: { required: true },
    ...(tlsSettings === undefined ? {} : { tls: tlsSettings }),
  };
  return openWorld({ config: { server } });
}

async function send(world: World, given: Parameters<typeof openTestAgent>[1], token: string): Promise<string> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-agent-"));
  const tokenFile = join(directory.path, "token");
  writeFileSync(tokenFile, token);
  using agent = openTestAgent({ url: world.server.url }, { pin, token_file: tokenFile, ...given });
  const outcome = await agent.destination.send([tick(90, 3)], labelsOf, signal);
  return outcome.kind === "stored" ? "stored" : outcome.message;
}

describe("the routes of agents", () => {
  test("an agent's token opens them, and nothing else; no other token does", async () => {
    // If it fails, an agent's token reads the fleet, or writes other nodes' samples by remote write, or a reader's token writes.
    await using world = await openHub();
    const { tokens } = world.services;
    const create = (scope: "read" | "write" | "ingest") =>
      tokens.create({ name: scope, scopes: [scope], expiresMs: null }).token;
    const agent = tokens.create({ name: "n-1", node: "n-1", scopes: ["agent"], expiresMs: null }).token;
    const other = tokens.create({ name: "n-2", node: "n-2", scopes: ["agent"], expiresMs: null });
    const hello = (token: string) =>
      world.fetch("/api/v1/agents/hello", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({
          protocol: 1,
          node: "n-1",
          outbox: "o",
          type: "rpc",
          labels: {},
          version: "1",
          samplingIntervalMs: 1000,
        }),
      });
    assert.equal((await hello(agent)).status, 200);
    for (const token of [create("read"), create("write"), create("ingest"), other.token]) {
      assert.equal((await hello(token)).status, 403);
    }
    tokens.revoke(other.id);
    assert.equal((await hello(other.token)).status, 401);
    const headers = { authorization: `Bearer ${agent}` };
    assert.equal((await world.fetch("/api/v1/performance/nodes", { headers })).status, 403);
    const write = { method: "POST", headers: { ...headers, "content-type": "application/x-protobuf" }, body: "x" };
    assert.equal((await world.fetch("/api/v1/write", write)).status, 403);
  });

  test("events are those of the token's node, and wrong ones are told what is wrong", async () => {
    // If it fails, an agent writes its neighbour's blocks, one whose token was revoked goes on, or garbage costs the hub more than an answer.
    await using world = await openHub();
    const { tokens } = world.services;
    const { token, id } = tokens.create({ name: "n-1", node: "n-1", scopes: ["agent"], expiresMs: null });
    const reader = tokens.create({ name: "reader", scopes: ["read"], expiresMs: null }).token;
    const block = { kind: "lab.block", subject: "geth", key: "0xa", timeMs: 1, fields: { number: 1 } };
    const post = async (body: string | Buffer, as = token) => {
      const headers = { authorization: `Bearer ${as}`, "content-type": eventPageContentType };
      const answer = await world.fetch(agentPaths.events, { method: "POST", headers, body });
      return `${answer.status} ${await answer.text()}`;
    };
    const say = (page: unknown, as?: string) => post(zstdCompressSync(JSON.stringify(page)), as);
    assert.match(await say({ node: "n-1", events: [block] }), /^409 there is no agent of that name yet/);
    assert.equal(await send(world, {}, token), "stored");
    assert.equal(await say({ node: "elsewhere", events: [{ ...block, node: "elsewhere" }] }), '200 {"stored":1}');
    const { items } = await world.services.telemetry.events({ kind: "lab.block" }, { limit: 10, cursor: null }, signal);
    assert.deepEqual(
      items.map(({ item }) => item),
      [{ ...block, node: "n-1" }],
    );
    assert.match(await post("no zstd"), /^400 the page of events cannot be read: it cannot be decompressed/);
    assert.match(await post(zstdCompressSync(Buffer.alloc(64 << 20))), /^400 .*it cannot be decompressed/);
    assert.match(await post(Buffer.alloc(600_000)), /^413 /);
    assert.match(await post(zstdCompressSync("{")), /^400 the page of events cannot be read/);
    assert.match(await say({ node: "n-1", events: [{ ...block, timeMs: 1e300 }] }), /^400 .*its time is none/s);
    assert.match(await say({ node: "n-1", events: [block] }, reader), /^403 /);
    tokens.revoke(id);
    assert.match(await say({ node: "n-1", events: [block] }), /^401 /);
  });

  test("a wrong hello is told what is wrong", async () => {
    // If it fails, an agent of another version fails without a reason.
    await using world = await openWorld();
    const say = async (body: string) => {
      const answer = await world.fetch("/api/v1/agents/hello", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return `${answer.status} ${await answer.text()}`;
    };
    assert.match(await say("{"), /^400 the hello cannot be read/);
    assert.match(await say(JSON.stringify({ protocol: 1 })), /^400 the hello cannot be read: .*node/s);
    const hello = { node: "n", outbox: "o", type: "rpc", labels: {}, version: "1", samplingIntervalMs: 1000 };
    assert.match(
      await say(JSON.stringify({ ...hello, protocol: 2 })),
      /^400 the agent speaks version 2 of the protocol, this hub version 1/,
    );
    const batch = { method: "POST", headers: { "content-type": "application/vnd.chainpulse.batch" }, body: "no batch" };
    const garbage = await world.fetch("/api/v1/agents/batches", batch);
    assert.match(`${garbage.status} ${await garbage.text()}`, /^400 the batch cannot be read: it cannot be decompressed/);
  });

  test("what is sent over TLS is in the store, and the hub knows how", async () => {
    // If it fails, nothing of a fleet is seen.
    await using world = await openHub(tls);
    const { token } = world.services.tokens.create({ name: "n-1", node: "n-1", scopes: ["agent"], expiresMs: null });
    assert.equal(await send(world, {}, token), "stored");
    assert.equal(world.agents.find("n-1")?.type, "validator");
    const series = await world.services.query.series({ matchers: [], startMs: 0, endMs: 2e12 }, 10);
    assert.equal(series.filter(({ node }) => node === "n-1").length, 3);
  });

  test("mutual TLS: agents must show a certificate that the hub's authority has signed", async () => {
    // If it fails, a token that was copied is enough to write, where the operator asked for more.
    await using world = await openHub({ ...tls, client_ca_file: tls.cert_file, client_auth: "optional" });
    const { token } = world.services.tokens.create({ name: "n-1", node: "n-1", scopes: ["agent"], expiresMs: null });
    assert.match(await send(world, {}, token), /403 this hub asks its agents for a certificate/);
    const stranger = { cert_file: tlsFile("second.crt"), key_file: tlsFile("second.key") };
    assert.match(await send(world, stranger, token), /403 this hub asks its agents for a certificate/);
    assert.equal(await send(world, { cert_file: tls.cert_file, key_file: tls.key_file }, token), "stored");

    await using strict = await openHub({ ...tls, client_ca_file: tls.cert_file, client_auth: "required" });
    const second = strict.services.tokens.create({ name: "n-1", node: "n-1", scopes: ["agent"], expiresMs: null });
    assert.match(await send(strict, {}, second.token), /alert|certificate|ECONNRESET|socket hang up/);
    assert.equal(await send(strict, { cert_file: tls.cert_file, key_file: tls.key_file }, second.token), "stored");
  });
});
