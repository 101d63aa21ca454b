import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { askText } from "./ask-text.ts";
import { openHttpClient } from "./http-client.ts";
import { AskFailure } from "./json-rpc.ts";

/** The text that is answered, or how asking for it failed. */
async function answerOf(answer: (response: ServerResponse) => void, bytesMax = 10_000): Promise<string> {
  const server = createServer((_, response) => answer(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  const client = openHttpClient({ url: new URL(`http://127.0.0.1:${port}/`), timeoutMs: 30_000 });
  try {
    const { body } = await askText(client, { signal: new AbortController().signal, accept: "text/plain", bytesMax });
    return Buffer.from(body).toString();
  } catch (error) {
    assert.ok(error instanceof AskFailure, String(error));
    return error.kind;
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
}

// If this fails, a server's answer is misread, or a small one fills the memory.
test("a text is read packed or not, and no more of it than is wanted", async () => {
  const packed = { "content-encoding": "gzip" };
  assert.equal(await answerOf((response) => response.end("up 1\n")), "up 1\n");
  assert.equal(await answerOf((response) => response.writeHead(200, packed).end(gzipSync("up 1\n"))), "up 1\n");
  assert.equal(await answerOf((response) => response.end("x".repeat(10_001))), "garbage");
  assert.equal(await answerOf((response) => response.writeHead(200, packed).end(gzipSync("x".repeat(10_001)))), "garbage");
  assert.equal(await answerOf((response) => response.writeHead(200, { "content-encoding": "zip" }).end("x")), "garbage");
  assert.equal(await answerOf((response) => response.writeHead(204).end()), "refused");
  assert.equal(await answerOf((response) => response.writeHead(503).end()), "rate_limited");
});
