import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { metricNameLabel } from "../core/labels.ts";
import { openLiveClient } from "./live/live-client.test-support.ts";
import { lab, labSamples } from "./lab.test-support.ts";
import { openWorld, type World } from "./world.test-support.ts";

const guarded = { config: { server: { listen: "127.0.0.1:0", auth: { required: true } } } };
const status = "/api/v1/performance/status";
const annotations = "/api/v1/performance/annotations";
const json = { "content-type": "application/json" };
const note = JSON.stringify({ kind: "note", title: "hello" });
const dataPaths = [
  status,
  "/metrics",
  "/api/v1/query?query=1",
  "/graphql?query=%7B__typename%7D",
  "/api/v1/live",
  "/",
  "/healthz",
  "/nope",
];

describe("security of the open server on loopback", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    world.tick(labSamples([0, 0], 20));
  });
  after(() => world.close());

  test("S2: a foreign Host is refused on every path, also with an upgrade", async () => {
    // If it fails, a rebound DNS name reads the node from a web page.
    for (const path of dataPaths) {
      const answer = await world.raw(path, { headers: { host: "evil.example" } });
      assert.equal(answer.status, 421, path);
      assert.match(answer.body, /evil\.example/);
    }
    const upgrade = { host: "evil.example", connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    assert.equal((await world.raw("/graphql", { headers: upgrade })).status, 421);
  });

  test("S3: no answer has a CORS header, and preflights get nothing", async () => {
    // If it fails, other sites' scripts may read answers.
    for (const path of dataPaths.filter((path) => path !== "/api/v1/live")) {
      for (const method of ["GET", "OPTIONS"]) {
        const headers = { "access-control-request-method": "POST", "access-control-request-headers": "x-chainpulse-request" };
        const answer = await world.raw(path, { method, headers });
        const cors = Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"));
        assert.deepEqual(cors, [], `${method} ${path}`);
        if (method === "OPTIONS") assert.ok(answer.status >= 400, path);
      }
    }
  });

  test("S4: requests of other sites are refused, reads and streams too", async () => {
    // If it fails, a page on another site opens streams and writes annotations with the user's browser.
    for (const path of dataPaths) {
      assert.equal((await world.raw(path, { headers: { origin: "http://evil.example" } })).status, 403, path);
      assert.equal(
        (await world.raw(path, { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" } })).status,
        403,
      );
    }
    const sent = { method: "POST", headers: { ...json, origin: "null" }, body: note };
    assert.equal((await world.raw(annotations, sent)).status, 403);
    assert.deepEqual((await world.json<{ annotations: unknown[] }>(annotations)).annotations, []);
  });

  test("S4: a link from another site leads to pages, not to data", async () => {
    // If it fails, any page that is open somewhere runs the most expensive query in the user's name by opening a window.
    const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    for (const path of [status, "/metrics", "/api/v1/query?query=1", "/graphql?query=%7B__typename%7D", "/api/v1/live"]) {
      assert.equal((await world.raw(path, { headers: link })).status, 403, path);
    }
    for (const path of ["/healthz", "/login", "/"])
      assert.notEqual((await world.raw(path, { headers: link })).status, 403, path);
    assert.equal((await world.raw(status, { headers: { ...link, "sec-fetch-site": "none" } })).status, 200);
  });

  test("S13: an answer is bounded, whatever is asked for", async () => {
    // If it fails, one query fills the memory of the main thread, or holds it for a minute.
    // As a balanced tree: a chain of `or` reads its left side again and again, and is refused for that.
    const series = (first: number, end: number): string => {
      if (end - first === 1) return `label_replace(vector(1), "n", "${first}", "", "")`;
      const middle = (first + end) >> 1;
      return `(${series(first, middle)} or ${series(middle, end)})`;
    };
    const range = new URLSearchParams({ query: series(0, 100), start: "0", end: "10999", step: "1" }).toString();
    const answer = await world.raw(`/api/v1/query_range?${range}`);
    assert.equal(answer.status, 422);
    assert.match(answer.body, /more than 1000000 values/);
  });

  test("S17: a label's name is nothing else", async () => {
    // If it fails, a look-up of `constructor` ends the query thread.
    for (const name of ["constructor", "__proto__", "toString"]) {
      assert.deepEqual(await world.json(`/api/v1/label/${name}/values`), { status: "success", data: [] }, name);
    }
  });

  test("S12: pages and data carry a strict policy", async () => {
    // If it fails, one missed escape in the dashboard runs a hostile process name as script.
    for (const path of [...dataPaths.filter((path) => path !== "/api/v1/live"), "/%zz"]) {
      const { headers } = await world.raw(path);
      const policy = String(headers["content-security-policy"]);
      for (const part of [
        "default-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]) {
        assert.ok(policy.split("; ").includes(part), `${path}: ${part}`);
      }
      assert.equal(policy.includes("unsafe"), false);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["referrer-policy"], "no-referrer");
    }
  });

  test("S10, S12: hostile names are data at every door", async () => {
    // If it fails, whoever names a process or a label writes into terminals, pages or scrapes.
    const names = ["$(touch x)", "; rm -rf /", "a\nb", "\u001b[31m", '<img src=x onerror="alert(1)">', "</script>", "\u2028"];
    world.pass(1000);
    world.tick(names.map((name, pid) => [{ [metricNameLabel]: lab.work.prometheusName, pid: String(pid), name }, 1]));
    const path = "/api/v1/performance/nodes/node-1/processes?sort=pid&order=asc";
    const response = await world.fetch(path);
    assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
    const { processes } = (await response.json()) as { processes: readonly { name: string }[] };
    assert.deepEqual(
      processes.map(({ name }) => name),
      names,
    );
    const lines = (await (await world.fetch("/metrics")).text()).split("\n");
    assert.equal(lines.filter((line) => line.startsWith(lab.work.prometheusName)).length, names.length);
    const echo = await world.raw(`/api/v1/performance/nodes/${encodeURIComponent("<script>")}`);
    assert.match(String(echo.headers["content-type"]), /^application\/problem\+json/);
  });

  test("S13: bodies are bounded and never inflated", async () => {
    // If it fails, a small request becomes a gigabyte of memory.
    const large = { method: "POST", headers: json, body: `{"title":"${"x".repeat(2_000_000)}"}` };
    assert.equal((await world.raw(annotations, large)).status, 413);
    const bomb = { method: "POST", headers: { ...json, "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(1_000_000)) };
    assert.equal((await world.raw(annotations, bomb)).status, 415);
    const deep = { method: "POST", headers: json, body: `${"[".repeat(100_000)}${"]".repeat(100_000)}` };
    assert.equal((await world.raw(annotations, deep)).status, 400);
    const form = {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "kind=note&title=x",
    };
    assert.equal((await world.raw(annotations, form)).status, 415);
    const simple = { method: "POST", headers: { "content-type": "text/plain" }, body: note };
    assert.equal((await world.raw(annotations, simple)).status, 415);
    const parameters = Array.from({ length: 10_000 }, (_, index) => `match[]=${index}`).join("&");
    assert.equal((await world.raw("/api/v1/series", { ...form, body: parameters })).status, 400);
  });

  test("S17: keys that poison prototypes are refused", async () => {
    // If it fails, a request changes objects that later requests use.
    for (const body of [
      '{"__proto__":{"admin":true},"kind":"note","title":"x"}',
      '{"constructor":{"prototype":{"admin":true}}}',
    ]) {
      assert.equal((await world.raw(annotations, { method: "POST", headers: json, body })).status, 400);
    }
    assert.equal("admin" in {}, false);
  });
});

describe("security of the server that asks for tokens", () => {
  let world: World;
  const tokens: Record<"read" | "write", string> = { read: "", write: "" };
  before(async () => {
    world = await openWorld(guarded);
    world.tick(labSamples([0, 0], 20));
    for (const scope of ["read", "write"] as const) {
      tokens[scope] = world.services.tokens.create({ name: scope, scopes: [scope], expiresMs: null, nowMs: 0 }).token;
    }
  });
  after(() => world.close());

  const logIn = async (token: string): Promise<string> => {
    const answer = await world.raw("/api/v1/session", { method: "POST", headers: json, body: JSON.stringify({ token }) });
    assert.equal(answer.status, 204, answer.body);
    return String(answer.headers["set-cookie"]?.[0]?.split(";")[0]);
  };

  test("S6: the token is in no answer and no log line", async () => {
    // If it fails, whoever reads logs or errors has the token.
    const secret = tokens.read;
    const answers = [
      await world.raw(status, { headers: { authorization: `Bearer ${secret}` } }),
      await world.raw("/api/v1/session", { method: "POST", headers: json, body: JSON.stringify({ token: secret }) }),
      await world.raw("/api/v1/session", { method: "POST", headers: json, body: JSON.stringify({ token: `${secret}x` }) }),
      await world.raw(annotations, { method: "POST", headers: { ...json, authorization: `Bearer ${secret}` }, body: note }),
      await world.raw(`/${secret}`, {}),
      await world.raw(`${status}?token=${secret}`, {}),
    ];
    for (const { body, headers } of answers) assert.equal((body + JSON.stringify(headers)).includes(secret), false);
    const logged = JSON.stringify(world.log, (_, value: unknown) => (value instanceof Error ? value.stack : value));
    assert.ok(logged.includes('"request"'));
    assert.equal(logged.includes(secret), false);
  });

  test("S4, S16: log-in gives a strict cookie, whose changes need the header", async () => {
    // If it fails, another site acts with the user's session.
    const answer = await world.raw("/api/v1/session", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ token: tokens.write }),
    });
    const set = String(answer.headers["set-cookie"]?.[0]);
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) assert.ok(set.includes(part), set);
    assert.equal(set.includes(tokens.write.slice(4)), false);
    const cookie = String(set.split(";")[0]);
    const post = (headers: Readonly<Record<string, string>>): Promise<{ status: number }> =>
      world.raw(annotations, { method: "POST", headers: { ...json, cookie, ...headers }, body: note });
    assert.equal((await post({})).status, 403);
    assert.equal((await post({ "x-chainpulse-request": "1" })).status, 201);
    // The session has the token's scopes and no others.
    assert.equal((await world.raw(status, { headers: { cookie } })).status, 403);
  });

  test("S16: log-out, revocation and time end a session on the server", async () => {
    // If it fails, a stolen cookie works for ever.
    const state = async (cookie: string): Promise<unknown> =>
      (JSON.parse((await world.raw("/api/v1/session", { headers: { cookie } })).body) as { authenticated: boolean })
        .authenticated;
    const first = await logIn(tokens.read);
    assert.equal(await state(first), true);
    const leave = { method: "DELETE", headers: { cookie: first, "x-chainpulse-request": "1" } };
    assert.equal((await world.raw("/api/v1/session", leave)).status, 204);
    assert.equal(await state(first), false);

    const { id, token } = world.services.tokens.create({ name: "brief", scopes: ["read"], expiresMs: null, nowMs: 0 });
    const second = await logIn(token);
    world.services.tokens.revoke(id);
    assert.equal(await state(second), false);

    const third = await logIn(tokens.read);
    world.pass(12 * 3_600_000);
    assert.equal(await state(third), false);
    assert.equal(await state("chainpulse_session=forged"), false);
  });

  test("S16: a stream ends with the token behind it", async () => {
    // If it fails, a revoked caller goes on watching.
    const { id, token } = world.services.tokens.create({ name: "watcher", scopes: ["read"], expiresMs: null, nowMs: 0 });
    const client = await openLiveClient(world, { authorization: `Bearer ${token}` });
    world.pass(1000);
    world.tick(labSamples([1, 1], 21));
    assert.equal((await client.nextEvent())?.event, "status");
    world.services.tokens.revoke(id);
    world.pass(1000);
    world.tick(labSamples([2, 2], 22));
    assert.equal(await client.nextEvent(), null);
  });

  test("S16: log-in is limited, and a wrong token says nothing", async () => {
    // If it fails, the log-in can be tried without end.
    await using target = await openWorld(guarded);
    const attempt = (): Promise<{ status: number; body: string }> =>
      target.raw("/api/v1/session", {
        method: "POST",
        headers: json,
        body: JSON.stringify({ token: `cpt_${"x".repeat(43)}` }),
      });
    for (let count = 0; count < 10; count++) {
      const { status: refused, body } = await attempt();
      assert.equal(refused, 401);
      assert.match(body, /unknown, revoked or expired/);
    }
    assert.equal((await attempt()).status, 429);
  });

  test("S13: a stranger's body is not read", async () => {
    // If it fails, whoever can connect makes the main thread parse megabytes.
    const body = `{"token":"${"x".repeat(2000)}"}`;
    assert.equal((await world.raw("/api/v1/session", { method: "POST", headers: json, body })).status, 413);
    const wrong = { method: "POST", headers: json, body: "{ no JSON" };
    assert.equal((await world.raw("/healthz", wrong)).status, 405);
    assert.equal((await world.raw("/nope", wrong)).status, 404);
    assert.equal((await world.raw(annotations, wrong)).status, 401);
  });

  test("S15: an expired token is refused, and the answer says how to get one", async () => {
    // If it fails, expiry is only a column in a table.
    const nowMs = world.services.clock.nowMs();
    const { token } = world.services.tokens.create({ name: "short", scopes: ["read"], expiresMs: nowMs + 1000, nowMs });
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await world.raw(status, { headers })).status, 200);
    world.pass(1000);
    const refused = await world.raw(status, { headers });
    assert.equal(refused.status, 401);
    assert.match(String(refused.headers["www-authenticate"]), /^Bearer/);
    assert.match(refused.body, /chainpulse token create/);
  });
});
