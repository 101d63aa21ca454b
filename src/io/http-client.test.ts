import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type HttpAnswer, openHttpClient } from "./http-client.ts";
import { openPemFolder, openTlsServer, type PemFolder, pemOfPair, type TlsServer } from "./tls-server.test-support.ts";

/** A client whose clock is set by hand. */
function openClient(server: TlsServer, pem: PemFolder) {
  let nowMs = 1000;
  const client = openHttpClient({ url: server.url, timeoutMs: 10_000, ...pem.files }, { monotonicMs: () => nowMs });
  return {
    get: (path = "/"): Promise<HttpAnswer> => client.ask({ method: "GET", path, bytesMax: 1000 }),
    passed: (ms: number): void => void (nowMs += ms),
    [Symbol.dispose]: () => client.close(),
  };
}

/** The status, and as whom the server has seen us. */
function seen({ status, headers }: HttpAnswer): readonly unknown[] {
  return [status, headers["seen-as"]];
}

test("certificates that were renewed hold after ten seconds", async () => {
  // If this fails, sending stops for good when a short-lived certificate expires, or the authority is another one, until a restart.
  await using server = await openTlsServer();
  using pem = openPemFolder();
  using client = openClient(server, pem);
  assert.deepEqual(seen(await client.get()), [200, "first"]);
  pem.renew("second");
  server.renew("second");
  client.passed(10_000);
  assert.deepEqual(seen(await client.get()), [200, "second"]);
});

test("after a request that failed, renewed certificates hold without the wait", async () => {
  // If this fails, each renewal is a gap of ten seconds, or a server that is away has its files read with each of many requests.
  await using server = await openTlsServer();
  using pem = openPemFolder();
  using client = openClient(server, pem);
  await client.get();
  pem.renew("second");
  server.renew("second");
  await assert.rejects(client.get(), /signed by nobody but itself; ca_file names/);
  await assert.rejects(client.get(), /signed by nobody but itself/, "not yet looked at again");
  client.passed(1000);
  assert.deepEqual(seen(await client.get()), [200, "second"]);
});

test("a request that runs while the certificates change ends well, and connections from before are let go", async () => {
  // If this fails, a renewal cuts off what is being sent, or each one leaves connections that nobody uses or closes.
  await using server = await openTlsServer();
  using pem = openPemFolder();
  using client = openClient(server, pem);
  const running = client.get("/slow");
  await server.slow;
  await client.get("/kept");
  const [busy, idle] = server.connections;
  assert.ok(busy !== undefined && idle !== undefined);
  const closed = [once(busy, "close"), once(idle, "close")];
  pem.renew("second");
  server.renew("second");
  client.passed(10_000);
  assert.deepEqual(seen(await client.get()), [200, "second"]);
  await closed[1];
  server.release();
  assert.deepEqual(seen(await running), [200, "first"]);
  await closed[0];
});

test("closing the client ends what still runs with the certificates before", async () => {
  // If this fails, a destination that is taken out of the configuration keeps its request, and a stop waits for it.
  await using server = await openTlsServer();
  using pem = openPemFolder();
  const client = openClient(server, pem);
  const running = client.get("/slow");
  await server.slow;
  pem.renew("second");
  server.renew("second");
  client.passed(10_000);
  await client.get();
  client[Symbol.dispose]();
  await assert.rejects(running, /socket hang up/);
});

test("files that cannot be used leave the certificates before, and are told where a request fails", async () => {
  // If this fails, a look between two steps of a renewal stops the sending, or nobody learns why the old certificate is still shown.
  await using server = await openTlsServer();
  using pem = openPemFolder();
  using client = openClient(server, pem);
  await client.get();
  const { caFile, certFile, keyFile } = pem.files;
  writeFileSync(certFile, pemOfPair("second", "crt"));
  client.passed(10_000);
  assert.deepEqual(seen(await client.get()), [200, "first"], "the key is that of another certificate");
  rmSync(caFile);
  client.passed(10_000);
  assert.deepEqual(seen(await client.get()), [200, "first"], "a file is missing");
  server.renew("second");
  await assert.rejects(client.get(), /signed by nobody but itself.*; .*ca\.crt cannot be read: ENOENT/);
  writeFileSync(caFile, pemOfPair("second", "crt"));
  client.passed(1000);
  await assert.rejects(client.get(), /tls\.crt.*key values mismatch/);
  writeFileSync(keyFile, pemOfPair("second", "key"));
  client.passed(1000);
  assert.deepEqual(seen(await client.get()), [200, "second"]);
  await server.close();
  await assert.rejects(client.get(), /ECONNREFUSED[^;]*$/, "the files are in order again");
});

test("a file that cannot be read at the start is told at once", async () => {
  // If this fails, a destination without its certificate is taken for one that runs, and is not tried again when the file is there.
  await using server = await openTlsServer();
  using pem = openPemFolder();
  const caFile = join(pem.files.caFile, "none");
  assert.throws(() => openHttpClient({ url: server.url, timeoutMs: 10_000, ...pem.files, caFile }), { code: "ENOTDIR" });
});
