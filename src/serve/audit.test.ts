import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { errorCodes } from "../core/errors.ts";
import { type Scope, scopes } from "../store/state/tokens.ts";
import type { Route } from "./http/route.ts";
import { allRoutes } from "./routes.ts";
import { labDomain } from "./lab.test-support.ts";
import { openWorld, type World } from "./world.test-support.ts";

const routes = allRoutes([labDomain]);
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** What everybody may ask, on purpose: the page, log-in, and what orchestrators ask. A new one is added here by hand. */
const publicRoutes = new Set([
  "GET /",
  "GET /*",
  "GET /alerts",
  "GET /blocks",
  "GET /chain",
  "GET /chain/compare",
  "GET /chain/contracts",
  "GET /chain/peers",
  "GET /chain/validators",
  "GET /explore",
  "GET /graph",
  "GET /fleet",
  "GET /traces",
  "GET /transactions",
  "GET /logs",
  "GET /sources",
  "GET /targets",
  "GET /programs",
  "GET /graphql-explorer",
  "GET /health",
  "GET /healthz",
  "GET /host",
  "GET /login",
  "GET /readyz",
  "GET /settings",
  "DELETE /api/v1/session",
  "GET /api/v1/session",
  "POST /api/v1/session",
]);

const named = (route: Route): string => `${route.method} ${route.path}`;

/** A path that fits the pattern. */
function pathOf(route: Route): string {
  const values = { nodeId: "node-1", streamId: "8b33e967-6e8b-4067-a76c-0f9bc2d2d5cc", name: "wheel" };
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: keyof typeof values) => values[name]);
  return path.replace("*", "no/such/file.js");
}

describe("S15: the audit of all routes", () => {
  let world: World;
  const tokens = new Map<Scope, string>();
  before(async () => {
    world = await openWorld({ config: { server: { listen: "127.0.0.1:0", auth: { required: true } } } });
    for (const scope of scopes) {
      const node = scope === "agent" ? { node: "node-1" } : {};
      const { token } = world.services.tokens.create({ name: scope, scopes: [scope], ...node, expiresMs: null, nowMs: 0 });
      tokens.set(scope, token);
    }
  });
  after(() => world.close());

  const ask = async (route: Pick<Route, "path">, method: string, token?: string): Promise<{ status: number; code: string }> => {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
    };
    const stop = new AbortController();
    const init = {
      method,
      headers,
      signal: stop.signal,
      redirect: "manual",
      ...(method === "POST" ? { body: "{}" } : {}),
    } as const;
    const response = await world.fetch(pathOf(route as Route), init);
    const streams = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    const text = streams ? "" : await response.text();
    stop.abort();
    const code = /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? "";
    return { status: response.status, code };
  };

  test("every route that is not public on purpose needs a scope", () => {
    // If it fails, somebody has added a route that strangers may use.
    assert.deepEqual(new Set(routes.filter(({ access }) => access === "public").map(named)), publicRoutes);
  });

  test("the server has no route beside the list", () => {
    // If it fails, something answers requests without a declared class.
    const listed = new Set(routes.map(({ path }) => path));
    const served = world.server.routes().filter((path) => !listed.has(path));
    assert.deepEqual(served, []);
    assert.ok(world.server.routes().length >= listed.size);
  });

  test("without a token 401, with the wrong scope 403, with the right one neither", async () => {
    // If it fails, a caller gets at what its token was not given for.
    for (const route of routes) {
      if (route.access === "public") continue;
      const stranger = await ask(route, route.method);
      assert.equal(stranger.status, 401, named(route));
      const forged = await ask(route, route.method, `cpt_${"A".repeat(43)}`);
      assert.equal(forged.status, 401, named(route));
      for (const scope of scopes) {
        const { status } = await ask(route, route.method, tokens.get(scope));
        const allowed = scope === route.access || scope === "admin";
        if (allowed) assert.ok(![401, 403].includes(status), `${named(route)} with ${scope}: ${status}`);
        else assert.equal(status, 403, `${named(route)} with ${scope}`);
      }
    }
  });

  test("methods that a route does not have are refused", async () => {
    // If it fails, a method that nobody thought of reaches a handler (CVE-2026-83602 was an unauthenticated PUT).
    for (const [path, sharing] of Map.groupBy(routes, (route) => route.path)) {
      const streams = sharing.some((route) => route.streams === true);
      for (const method of methods) {
        if (sharing.some((route) => route.method === method)) continue;
        const head = method === "HEAD";
        if (head && !streams) continue;
        const { status } = await ask({ path }, method);
        assert.ok(path === "/*" || head ? status === 404 || status === 405 : status === 405, `${method} ${path}: ${status}`);
      }
    }
  });

  test("HEAD is held to the class of its GET", async () => {
    // If it fails, HEAD tells strangers what GET does not.
    for (const route of routes) {
      if (route.method !== "GET" || route.access === "public" || route.streams === true) continue;
      assert.equal((await ask(route, "HEAD")).status, 401, named(route));
    }
  });

  test("an unknown path is 404 for everybody", async () => {
    // If it fails, paths that do not exist look like errors of authentication, or worse.
    for (const path of ["/api/v1/unknown", "/api/v1/performance/nodes/node-1/metrics/more", "/wp-admin", "/api/v2"]) {
      for (const method of methods) assert.equal((await ask({ path }, method)).status, 404, `${method} ${path}`);
    }
  });

  test("every code that a client sees is of the table", async () => {
    // If it fails, clients meet a code that no document explains.
    for (const route of routes) {
      const { code } = await ask(route, route.method);
      assert.ok(code === "" || code in errorCodes, `${named(route)}: ${code}`);
    }
  });
});
