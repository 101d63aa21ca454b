import assert from "node:assert/strict";
import { mkdtempDisposableSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createByteBudget } from "./byte-budget.ts";
import { createScrapeClient, type ScrapeClientOptions } from "./scrape-client.ts";
import { openPemFolder, openTlsServer } from "./tls-server.test-support.ts";

const tlsFile = (name: string): string => fileURLToPath(new URL(`fixtures/tls/${name}`, import.meta.url));

interface Asked extends AsyncDisposable {
  readonly port: number;
  readonly headers: readonly IncomingHttpHeaders[];
}

async function listen(server: Server): Promise<Asked> {
  const headers: IncomingHttpHeaders[] = [];
  server.on("request", (request, response) => {
    headers.push(request.headers);
    response.end("a 1\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    headers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ask(url: string, options: Partial<ScrapeClientOptions>, budgetBytes = 1e6): Promise<string> {
  const client = createScrapeClient({ followRedirects: true, compressed: false, ...options });
  try {
    const { body } = await client.get({
      url: new URL(url),
      headers: { accept: "text/plain" },
      timeoutMs: 5000,
      bytesMax: 1000,
      signal: new AbortController().signal,
      budget: createByteBudget(budgetBytes),
    });
    return Buffer.from(body).toString();
  } finally {
    client.close();
  }
}

test("secrets come from files, and a changed one holds at once", async () => {
  // If this fails, a rotated token locks ChainPulse out until it is restarted.
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-scrape-client-"));
  const file = join(directory.path, "token");
  await using target = await listen(createHttpServer());
  const url = `http://127.0.0.1:${target.port}/metrics`;
  writeFileSync(file, "first\n");
  await ask(url, { authorization: { type: "Bearer", file } });
  writeFileSync(file, "second\n");
  await ask(url, { authorization: { type: "Bearer", file } });
  await ask(url, { basicAuth: { username: "user", passwordFile: file } });
  await ask(url, {});
  assert.deepEqual(
    target.headers.map(({ authorization }) => authorization),
    ["Bearer first", "Bearer second", `Basic ${Buffer.from("user:second").toString("base64")}`, undefined],
  );
  await assert.rejects(ask(url, { authorization: { type: "Bearer", file: join(directory.path, "none") } }), {
    code: "FILE_UNUSABLE",
  });
});

test("a target's certificate must be signed by the configured authority, and have the name", async () => {
  // If this fails, whoever sits between can pretend to be the target, or no target with a certificate of its own can be scraped.
  const server = createServer({ cert: readFileSync(tlsFile("server.crt")), key: readFileSync(tlsFile("server.key")) });
  await using target = await listen(server);
  const url = `https://127.0.0.1:${target.port}/metrics`;
  await assert.rejects(ask(url, {}), { code: "SCRAPE_FAILED", message: /certificate/ });
  assert.equal(await ask(url, { tls: { anyCertificate: true } }), "a 1\n");
  const known = { anyCertificate: false, caFile: tlsFile("server.crt") };
  assert.equal(await ask(url, { tls: { ...known, serverName: "chainpulse.test" } }), "a 1\n");
  await assert.rejects(ask(url, { tls: known }), /does not match/);
  await assert.rejects(ask(url, { tls: { anyCertificate: false, caFile: tlsFile("other.crt") } }), /certificate/);
  await assert.rejects(ask(url, { tls: { anyCertificate: false, caFile: join(tmpdir(), "none") } }), { code: "FILE_UNUSABLE" });
});

test("certificates that were renewed hold, and leave the scrape of another target alone", async () => {
  // If this fails, targets are down from the expiry of a certificate on, or each renewal makes a gap in those that answer slowly.
  await using server = await openTlsServer();
  using pem = openPemFolder();
  let nowMs = 1000;
  const tls = { ...pem.files, anyCertificate: false };
  const client = createScrapeClient({ followRedirects: true, compressed: false, tls }, { monotonicMs: () => nowMs });
  const get = async (path: string): Promise<string> => {
    const request = { headers: {}, timeoutMs: 10_000, bytesMax: 1000, signal: new AbortController().signal };
    const { body } = await client.get({ ...request, url: new URL(path, server.url), budget: createByteBudget(1e6) });
    return Buffer.from(body).toString();
  };
  const running = get("/slow");
  await server.slow;
  pem.renew("second");
  server.renew("second");
  nowMs += 10_000;
  assert.equal(await get("/metrics"), "a 1\n");
  server.release();
  assert.equal(await running, "a 1\n");

  rmSync(pem.files.caFile);
  nowMs += 10_000;
  assert.equal(await get("/metrics"), "a 1\n", "what could be read once goes on");
  await server.close();
  await assert.rejects(get("/metrics"), { code: "SCRAPE_FAILED", message: /ECONNREFUSED.*; .*ca\.crt cannot be read: ENOENT/ });
  client.close();
});

test("answers on their way have a bound together", async () => {
  // If this fails, a hundred large targets at once take the memory of the machine.
  await using target = await listen(createHttpServer());
  await assert.rejects(ask(`http://127.0.0.1:${target.port}/`, {}, 3), /too large together/);
});
