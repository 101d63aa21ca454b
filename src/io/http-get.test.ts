import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Secret } from "../core/secret.ts";
import { httpGet, httpPost } from "./http-get.ts";

// If these fail, commands that ask the server hang, eat the memory, or send the token where it does not belong.

async function withServer(server: Server | RequestListener, use: (url: URL) => Promise<void>): Promise<void> {
  if (typeof server === "function") return withServer(createServer(server), use);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  try {
    await use(new URL(`http://127.0.0.1:${port}/path`));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("GET and POST carry the token and the body; any status is an answer", async () => {
  const echo: RequestListener = (request, response) => {
    request.setEncoding("utf8");
    request.once("data", (body: string) =>
      response.writeHead(418).end(`${request.method} ${request.headers.authorization} ${body}`),
    );
    if (request.method === "GET") response.end(`GET ${request.headers.authorization}`);
  };
  await withServer(echo, async (url) => {
    const token = new Secret("t0k");
    assert.deepEqual(await httpGet(url, { token }), { status: 200, body: "GET Bearer t0k" });
    assert.deepEqual(await httpPost(url, { a: "ü" }), { status: 418, body: 'POST undefined {"a":"ü"}' });
    // The example of RFC 7617 §2.
    const basicAuth = { username: "Aladdin", password: new Secret("open sesame") };
    assert.equal((await httpGet(url, { basicAuth })).body, "GET Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  });
});

test("a redirect is an answer, not followed: the token stays with the server it was meant for", async () => {
  await withServer(
    (_, response) => response.writeHead(302, { location: "http://192.0.2.1/" }).end(),
    async (url) => assert.equal((await httpGet(url)).status, 302),
  );
});

test("no server, no answer in time, and too large an answer are UNAVAILABLE, without the token in the message", async () => {
  const unavailable = (message: RegExp) => (error: Error & { code: string }) => {
    assert.equal(error.code, "UNAVAILABLE");
    assert.match(error.message, message);
    assert.ok(!error.message.includes("t0k"));
    return true;
  };
  const token = new Secret("t0k");
  await assert.rejects(httpGet(new URL("http://127.0.0.1:1/"), { token }), unavailable(/ECONNREFUSED/));
  await withServer(
    () => undefined,
    (url) => assert.rejects(httpGet(url, { token, timeoutMs: 20 }), unavailable(/within 20 ms|timeout/)),
  );
  await withServer(
    () => undefined,
    async (url) => {
      const ended = httpGet(url, { signal: AbortSignal.abort(), name: "the receiver", fix: "Look." });
      await assert.rejects(ended, {
        code: "UNAVAILABLE",
        message: "GET the receiver: The operation was aborted",
        fix: "Look.",
      });
    },
  );
  await withServer(
    (_, response) => response.end("x".repeat(100)),
    (url) => assert.rejects(httpGet(url, { token, bytesMax: 99 }), unavailable(/larger than 99 bytes/)),
  );
});

test("a pinned certificate is accepted under any name, another one never", async () => {
  const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/tls/${name}`, import.meta.url));
  const key = readFileSync(fixture("server.key"));
  const serve = (cert: string): Server => {
    const tls = { key, cert: readFileSync(fixture(cert)) };
    return createTlsServer(tls, (_, response) => response.end("hello"));
  };
  await withServer(serve("server.crt"), async ({ host }) => {
    const url = new URL(`https://${host}/`);
    assert.equal((await httpGet(url, { certificateFile: fixture("server.crt") })).body, "hello");
    // Whoever reads it must not be told that the server does not run.
    await assert.rejects(httpGet(url), { message: /signed by nobody but itself/, fix: /NODE_EXTRA_CA_CERTS/ });
    for (const options of [{}, { certificateFile: fixture("other.crt") }, { certificateFile: fixture("none.crt") }]) {
      await assert.rejects(httpGet(url, options), { code: "UNAVAILABLE" });
    }
  });
  // Signed by the pinned certificate, so the chain is right; but it is not the pinned one.
  await withServer(serve("sibling.crt"), async ({ host }) => {
    const answer = httpGet(new URL(`https://${host}/`), { certificateFile: fixture("server.crt") });
    await assert.rejects(answer, { code: "UNAVAILABLE", message: /another certificate than the configured one/ });
  });
});
