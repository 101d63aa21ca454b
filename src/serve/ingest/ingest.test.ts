import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { compressSync } from "snappy";
import { addInFlight, readIntake } from "../../collect/intake/intake-table.ts";
import { bitsOf, writeRequestV1 } from "../../collect/intake/remote-write/write-request.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";

const path = "/api/v1/write";
const type = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };

// What breaks: samples of a Prometheus do not come in, or those of strangers do.
describe("POST /api/v1/write", () => {
  let world: World;
  const tokens = { ingest: "", read: "" };
  before(async () => {
    world = await openWorld({ config: { server: { listen: "127.0.0.1:0", auth: { required: true } } } });
    const make = (scope: "ingest" | "read"): string =>
      world.services.tokens.create({ name: scope, scopes: [scope], expiresMs: null, nowMs: 0 }).token;
    Object.assign(tokens, { ingest: make("ingest"), read: make("read") });
  });
  after(() => world.close());

  const body = (timeMs: number): Buffer =>
    compressSync(Buffer.from(writeRequestV1([{ labels: { __name__: "sent" }, samples: [{ timeMs, bits: bitsOf(7) }] }])));
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const basic = (token: string) => ({ authorization: `Basic ${Buffer.from(`prometheus:${token}`).toString("base64")}` });

  test("a sample that is sent is stored, and can be asked for", async () => {
    const timeMs = world.services.clock.nowMs() - 1000;
    const answer = await world.raw(path, {
      method: "POST",
      headers: { ...type, ...bearer(tokens.ingest) },
      body: body(timeMs),
    });
    assert.equal(answer.status, 204, answer.body);
    const time = String(timeMs / 1000);
    const asked = await world.raw(`/api/v1/query?query=sent&time=${time}`, { headers: bearer(tokens.read) });
    const expected = [{ metric: { __name__: "sent" }, value: [Number(time), "7"] }];
    assert.deepEqual(JSON.parse(asked.body).data.result, expected);
  });

  test("a token is taken as a bearer and as a password; without the scope it is 403, without a token 401", async () => {
    const statusWith = async (headers: Record<string, string>): Promise<number> =>
      (await world.raw(path, { method: "POST", headers: { ...type, ...headers }, body: body(world.services.clock.nowMs()) }))
        .status;
    assert.equal(await statusWith(bearer(tokens.ingest)), 204);
    assert.equal(await statusWith(basic(tokens.ingest)), 204);
    assert.equal(await statusWith(basic(tokens.read)), 403);
    assert.equal(await statusWith(basic("cpt_wrong")), 401);
    assert.equal(await statusWith({ authorization: "Basic no-base64-of-anything" }), 401);
    assert.equal(await statusWith({}), 401);
  });

  test("a password opens no other door: a browser would send it along", async () => {
    const answer = await world.raw("/api/v1/query?query=1", { headers: basic(tokens.read) });
    assert.equal(answer.status, 401);
  });

  test("errors are plain text", async () => {
    const answer = await world.raw(path, { method: "POST", headers: { ...type, ...bearer(tokens.ingest) }, body: "no snappy" });
    assert.equal(answer.status, 400);
    assert.match(answer.headers["content-type"] ?? "", /^text\/plain/);
    assert.match(answer.body, /^the body is no Snappy block/);
  });

  test("a body that says it is too large is refused before it comes", async () => {
    const { hostname, port } = new URL(world.server.url);
    const socket = connect(Number(port), hostname);
    const text = await new Promise<string>((resolve, reject) => {
      socket.on("error", reject).once("data", (chunk: Buffer) => resolve(chunk.toString()));
      const lines = [
        `POST ${path} HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        `Authorization: Bearer ${tokens.ingest}`,
        "Content-Length: 4294967296",
      ];
      socket.write(`${lines.join("\r\n")}\r\nContent-Type: application/x-protobuf\r\n\r\n`);
    });
    socket.destroy();
    assert.match(text, /^HTTP\/1\.1 413 /);
  });

  test("where too much is under way at once, senders are asked to come again", async () => {
    addInFlight(world.services.intakeTable, 1e9);
    try {
      const answer = await world.raw(path, { method: "POST", headers: { ...type, ...bearer(tokens.ingest) }, body: body(0) });
      assert.deepEqual([answer.status, answer.headers["retry-after"]], [429, "1"]);
    } finally {
      addInFlight(world.services.intakeTable, -1e9);
    }
    assert.equal(readIntake(world.services.intakeTable).inFlightBytes, 0);
  });

  test("a body is counted while it comes, and is cut off where all together are too much", async () => {
    const { intakeTable } = world.services;
    const inFlight = (): number => readIntake(intakeTable).inFlightBytes;
    const { hostname, port } = new URL(world.server.url);
    const socket = connect(Number(port), hostname);
    const answer = once(socket, "data");
    const lines = [`POST ${path} HTTP/1.1`, `Host: ${hostname}:${port}`, `Authorization: Bearer ${tokens.ingest}`];
    socket.write(`${lines.join("\r\n")}\r\nContent-Length: 2000\r\nContent-Type: application/x-protobuf\r\n\r\n`);
    socket.write(new Uint8Array(1000));
    while (inFlight() !== 1000) await nextTurn();
    addInFlight(intakeTable, 1e9);
    try {
      socket.write(new Uint8Array(1000));
      assert.match(String((await answer)[0]), /^HTTP\/1\.1 429 /);
    } finally {
      addInFlight(intakeTable, -1e9);
      socket.destroy();
    }
    assert.equal(inFlight(), 0);
  });

  test("what was refused before it came to the door is counted too", () => {
    const door = readIntake(world.services.intakeTable).doors.find(({ door: name }) => name === "remote_write");
    const counts = Object.fromEntries(door?.requests ?? []);
    assert.equal(counts["overloaded"], 2);
    assert.ok((counts["refused"] ?? 0) >= 6);
  });
});
