import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { configSchema } from "../../core/config.ts";
import { ProtoReader } from "../../io/protobuf/reader.ts";
import { listenAddress } from "../http/listen-address.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { otlpPaths } from "./routes.ts";

const json = { "content-type": "application/json" };
const protobuf = { "content-type": "application/x-protobuf" };

function gauge(world: World, value: number): string {
  const timeUnixNano = `${world.services.clock.nowMs()}000000`;
  const metrics = [{ name: "otlp.test", gauge: { dataPoints: [{ timeUnixNano, asDouble: value }] } }];
  return JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

/** google.rpc.Status in protobuf: the code, the message, and the type of what it has as its details, with that. */
function statusOf(bytes: Uint8Array): readonly [code: number, message: string, type: string, details: string] {
  const reader = new ProtoReader(bytes);
  let [code, message, type, details] = [0, "", "", ""];
  while (reader.next()) {
    if (reader.field === 1) code = reader.int32();
    else if (reader.field === 2) message = reader.string();
    else {
      const outer = reader.enter();
      while (reader.next()) {
        if (reader.field === 1) type = reader.string();
        else details = Buffer.from(reader.bytesValue()).toString("latin1");
      }
      reader.leave(outer);
    }
  }
  return [code, message, type, details];
}

// When these fail, an SDK that is pointed here by its documentation sends into the void, or cannot tell why it was refused.
describe("the routes of OTLP", () => {
  let world: World;
  let token = "";
  before(async () => {
    const config = { server: { listen: "127.0.0.1:0", auth: { required: true } }, otlp: { listen: "127.0.0.1:0" } };
    world = await openWorld({ config });
    token = world.services.tokens.create({ name: "sdk", scopes: ["ingest", "read"], expiresMs: null }).token;
  });
  after(() => world.close());

  const authorized = (): Readonly<Record<string, string>> => ({ ...json, authorization: `Bearer ${token}` });

  test("take requests at each path, compressed or not, and answer when they are stored", async () => {
    const headers = authorized();
    for (const path of otlpPaths) {
      const answer = await world.fetch(path, { method: "POST", headers, body: "{}" });
      assert.deepEqual(
        [answer.status, answer.headers.get("content-type"), await answer.text()],
        [200, "application/json", "{}"],
        path,
      );
    }
    const body = new Uint8Array(gzipSync(gauge(world, 17)));
    const answer = await world.fetch("/api/v1/otlp/v1/metrics", {
      method: "POST",
      headers: { ...headers, "content-encoding": "gzip" },
      body,
    });
    assert.equal(answer.status, 200);
    const time = world.services.clock.nowMs() / 1000;
    const stored = await world.fetch(`/api/v1/query?query=otlp_test&time=${time}`, { headers });
    assert.match(await stored.text(), /"17"/);
  });

  test("refuse in the words of OTLP, in the encoding of the request", async () => {
    const anonymous = await world.fetch("/v1/traces", { method: "POST", headers: protobuf, body: "" });
    const [code, message] = statusOf(await anonymous.bytes());
    assert.deepEqual([anonymous.status, anonymous.headers.get("content-type"), code], [401, "application/x-protobuf", 16]);
    assert.match(message, /token/);

    const headers = authorized();
    const refused = async (body: string, more: Readonly<Record<string, string>> = {}): Promise<readonly [number, unknown]> => {
      const { status, body: text } = await world.raw("/v1/traces", { method: "POST", headers: { ...headers, ...more }, body });
      return [status, JSON.parse(text)];
    };
    const message400 = "the body: expected an object";
    const type = "type.googleapis.com/google.rpc.BadRequest";
    const details = [{ "@type": type, fieldViolations: [{ description: message400 }] }];
    assert.deepEqual(await refused("[]"), [400, { code: 3, message: message400, details }]);
    const broken = { method: "POST", headers: { ...headers, ...protobuf }, body: "\n\u0005" };
    const [badCode, badMessage, badType, badDetails] = statusOf(await (await world.fetch("/v1/traces", broken)).bytes());
    assert.deepEqual([badCode, badType], [3, type]);
    // A list of one field violation, which has the message as its description.
    assert.match(badMessage, /longer than what there is/);
    const length = badMessage.length;
    assert.equal(badDetails, `\n${String.fromCharCode(length + 2)}\u0012${String.fromCharCode(length)}${badMessage}`);
    assert.deepEqual((await refused("{}", { "content-length": "40000000" }))[0], 413);
    const text = await world.fetch("/v1/traces", {
      method: "POST",
      headers: { ...headers, "content-type": "text/plain" },
      body: "x",
    });
    assert.equal(text.status, 415);
  });

  test("are at the second address too, by the same rules, and nothing else is", async () => {
    const url = world.server.otlpUrl ?? "";
    assert.notEqual(url, world.server.url);
    const send = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${url}v1/metrics`, { method: "POST", headers: { ...json, ...headers }, body: gauge(world, 4) });
    assert.equal((await send({})).status, 401);
    assert.equal((await send({ ...authorized(), origin: "https://elsewhere.example" })).status, 403);
    assert.equal((await send(authorized())).status, 200);
    for (const path of ["", "metrics", "api/v1/query?query=1", "v1/metrics/x"])
      assert.equal((await fetch(url + path)).status, 404, path);
    assert.equal((await fetch(`${url}v1/metrics`)).status, 405);
  });

  test("are not opened to other machines without an explicit setting", () => {
    const config = configSchema.parse({});
    assert.throws(() => listenAddress(config, "0.0.0.0:4318"), { code: "LISTEN_REFUSED" });
    assert.equal(listenAddress(config, "127.0.0.1:4318").port, 4318);
  });
});
