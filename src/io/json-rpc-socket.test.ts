import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { type RawData, WebSocketServer, type WebSocket } from "ws";
import type { AskFailure } from "./json-rpc.ts";
import { type JsonRpcSocket, type JsonRpcSocketOptions, openJsonRpcSocket } from "./json-rpc-socket.ts";

/** A server, and what it does with each connection. */
async function serve(
  onConnection: (socket: WebSocket) => void,
  options: { readonly autoPong?: boolean } = {},
): Promise<AsyncDisposable & { readonly url: URL }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  await once(server, "listening");
  server.on("connection", onConnection);
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`ws://127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, "close");
    },
  };
}

function questionOf(data: RawData): { readonly id: number; readonly params: unknown } {
  assert.ok(Buffer.isBuffer(data));
  return JSON.parse(data.toString());
}

/** Takes every subscription, under the id `s` and the question's. */
function takeAll(socket: WebSocket): void {
  socket.on("message", (data) => {
    const { id } = questionOf(data);
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: `s${id}` }));
  });
}

function notice(subscription: string, result: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", method: "eth_subscription", params: { subscription, result } });
}

/** One subscription to `newHeads`, and all that it was told; `until` resolves when `holds` does. */
function subscribe(url: URL, options: Partial<JsonRpcSocketOptions> = {}): Watched {
  const told: string[] = [];
  const failures: AskFailure[] = [];
  const stop = new AbortController();
  let changed = Promise.withResolvers<void>();
  const tell = (text: string): void => {
    told.push(text);
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const socket = openJsonRpcSocket({
    endpoint: { url, timeoutMs: 2000 },
    signal: stop.signal,
    pauseMs: 1,
    ...options,
    subscriptions: [
      {
        method: "eth_subscribe",
        params: [["newHeads", true], ["newHeads"]],
        onLive: () => tell("live"),
        onNotice: (result) => tell(`notice ${JSON.stringify(result)}`),
        onLost(failure) {
          failures.push(failure);
          tell(`lost ${failure.kind}`);
        },
      },
    ],
  });
  return {
    told,
    failures,
    socket,
    async until(holds) {
      while (!holds()) await changed.promise;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await socket.ended;
    },
  };
}

interface Watched extends AsyncDisposable {
  readonly told: readonly string[];
  readonly failures: readonly AskFailure[];
  readonly socket: JsonRpcSocket;
  until(holds: () => boolean): Promise<void>;
}

// When this fails, a node's new blocks and transactions are learnt late or not at all, and nobody is told that the subscription has died.
describe("subscriptions over a WebSocket", () => {
  test("tell what comes, in its order, to the one who asked for it", async () => {
    await using server = await serve((socket) => {
      takeAll(socket);
      socket.once("message", () => {
        for (let number = 1; number <= 600; number++) socket.send(notice("s1", number));
        socket.send(notice("nobody's", "not told"));
        socket.send(notice("s1", "last"));
      });
    });
    await using watched = subscribe(server.url);
    await watched.until(() => watched.told.includes('notice "last"'));
    const numbers = Array.from({ length: 600 }, (_, index) => `notice ${index + 1}`);
    assert.deepEqual(watched.told, ["live", ...numbers, 'notice "last"']);
    assert.equal(watched.socket.dropped(), 0);
  });

  test("are taken anew after the connection has ended, by the other side or by us", async () => {
    let connections = 0;
    await using server = await serve((socket) => {
      takeAll(socket);
      connections++;
      if (connections === 1) socket.once("message", () => setImmediate(() => socket.close()));
    });
    await using watched = subscribe(server.url);
    await watched.until(() => watched.told.filter((text) => text === "live").length === 2);
    watched.socket.renew("the head moved, and nothing was told");
    await watched.until(() => watched.told.filter((text) => text === "live").length === 3);
    assert.deepEqual(watched.told, ["live", "lost unreachable", "live", "lost unreachable", "live"]);
    assert.equal(watched.failures[1]?.message, "the head moved, and nothing was told");
    assert.equal(connections, 3);
  });

  test("end with the signal, and leave no connection", async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await serve((socket) => {
      takeAll(socket);
      socket.on("close", () => closed.resolve());
    });
    const watched = subscribe(server.url);
    await watched.until(() => watched.told.length > 0);
    await watched[Symbol.asyncDispose]();
    await closed.promise;
    assert.deepEqual(watched.told, ["live"]);
  });

  test("that are refused are asked for in the next way, and then stay refused on that connection, with the server's words", async () => {
    const asked: unknown[] = [];
    await using server = await serve((socket) => {
      socket.on("message", (data) => {
        const { id, params } = questionOf(data);
        asked.push(params);
        const error = { code: -32_601, message: "the method eth_subscribe does not exist" };
        socket.send(JSON.stringify({ jsonrpc: "2.0", id, error }));
      });
    });
    await using watched = subscribe(server.url);
    await watched.until(() => watched.told.length > 0);
    assert.deepEqual(watched.told, ["lost refused"]);
    assert.equal(watched.failures[0]?.message, "eth_subscribe: the method eth_subscribe does not exist");
    assert.equal(watched.failures[0].code, -32_601);
    assert.deepEqual(asked, [["newHeads", true], ["newHeads"]]);
  });

  const ends: Readonly<Record<string, { readonly behave: (socket: WebSocket) => void; readonly lost: string }>> = {
    "no JSON": { behave: (socket) => socket.send("<html>"), lost: "lost garbage" },
    "JSON that is nothing of ours": { behave: (socket) => socket.send("[1, 2]"), lost: "lost garbage" },
    "a message of more than 1 MiB": {
      behave: (socket) => socket.send(notice("s1", "x".repeat(1_048_577))),
      lost: "lost garbage",
    },
    "a close": { behave: (socket) => socket.close(1011), lost: "lost unreachable" },
  };
  for (const [what, { behave, lost }] of Object.entries(ends)) {
    test(`are lost by ${what}`, async () => {
      await using server = await serve(behave);
      await using watched = subscribe(server.url, { pauseMs: 60_000 });
      await watched.until(() => watched.told.length > 0);
      assert.deepEqual(watched.told, [lost]);
    });
  }

  test("are lost by silence: no answer to the subscription, and none to a ping", async () => {
    await using silent = await serve(() => undefined);
    await using unanswered = subscribe(silent.url, { endpoint: { url: silent.url, timeoutMs: 100 }, pauseMs: 60_000 });
    await unanswered.until(() => unanswered.told.length > 0);
    assert.deepEqual(unanswered.told, ["lost timeout"]);

    await using deaf = await serve(takeAll, { autoPong: false });
    const endpoint = { url: deaf.url, timeoutMs: 100 };
    await using unheard = subscribe(deaf.url, { endpoint, pingMs: 5, pauseMs: 60_000 });
    await unheard.until(() => unheard.told.length > 1);
    assert.deepEqual(unheard.told, ["live", "lost timeout"]);
  });

  test("are not there where a server speaks HTTP only, or nobody listens", async () => {
    const server = createServer((_, response) => response.writeHead(200).end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    // A server that listens on TCP has an address with a port.
    const url = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    {
      await using watched = subscribe(url, { pauseMs: 60_000 });
      await watched.until(() => watched.told.length > 0);
      assert.deepEqual(watched.told, ["lost refused"]);
      assert.equal(watched.failures[0]?.message, "no WebSocket there: status 200");
    }
    server.close();
    await once(server, "close");
    await using watched = subscribe(url, { pauseMs: 60_000 });
    await watched.until(() => watched.told.length > 0);
    assert.deepEqual(watched.told, ["lost unreachable"]);
  });

  test("that come faster than they are read are dropped and counted", async () => {
    await using server = await serve((socket) => {
      takeAll(socket);
      // In one write, so that they come together.
      socket.once("message", () => {
        for (let number = 0; number < 600; number++) socket.send(notice("s1", number));
        socket.close();
      });
    });
    await using watched = subscribe(server.url, { waitingMax: 4, pauseMs: 60_000 });
    await watched.until(() => watched.told.includes("lost unreachable"));
    const read = watched.told.filter((text) => text.startsWith("notice")).length;
    assert.ok(watched.socket.dropped() > 0, "some were dropped");
    // Those that waited when the connection ended are neither read nor dropped.
    assert.ok(read + watched.socket.dropped() >= 600 - 4 && read + watched.socket.dropped() <= 601);
  });
});
