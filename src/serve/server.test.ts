import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { openWorld, type World } from "./world.test-support.ts";

describe("the server's life", () => {
  test("S5: beyond loopback it does not start without tokens and permission", async () => {
    // If it fails, a flag in a script publishes the node.
    await assert.rejects(openWorld({ config: { server: { listen: "0.0.0.0:0" } } }), { code: "LISTEN_REFUSED" });
  });

  test("a taken port is a clear error", async () => {
    // If it fails, the second start prints a stack trace.
    await using world = await openWorld();
    const { port } = new URL(world.server.url);
    await assert.rejects(openWorld({ config: { server: { listen: `127.0.0.1:${port}` } } }), {
      code: "LISTEN_REFUSED",
      message: /EADDRINUSE/,
      fix: /--listen/,
    });
  });

  test("two domains that declare one view group are refused", async () => {
    // If it fails, one domain's figures silently replace another's.
    await using world = await openWorld();
    const [domain] = world.services.domains;
    assert.ok(domain);
    await assert.rejects(openWorld({ domains: [domain, domain] }), /two domains declare a view group "cpu"/);
  });

  test("every request is logged at debug by its route's pattern", async () => {
    // If it fails, logs hold what attackers put into paths, or nothing.
    await using world = await openWorld();
    await world.raw("/api/v1/performance/nodes/node-1?x=1");
    const line = world.log.find(({ message }) => message === "request");
    assert.equal(line?.level, "debug");
    assert.equal(line?.fields?.["route"], "/api/v1/performance/nodes/:nodeId");
    assert.equal(line?.fields?.["status"], 200);
  });

  test("an unforeseen error is logged with its id and told without its text", async () => {
    // If it fails, internals leak to clients, or nobody can find the cause.
    await using world = await openWorld();
    world.services.tokens.close();
    const broken = await world.raw("/api/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: `cpt_${"x".repeat(43)}` }),
    });
    assert.equal(broken.status, 500);
    const problem = JSON.parse(broken.body) as { code: string; detail: string; instance: string };
    assert.equal(problem.code, "INTERNAL");
    assert.equal(problem.detail, "an unforeseen error; the log has it under this request's id");
    const logged = world.log.find(({ level }) => level === "error");
    assert.equal(`urn:chainpulse:request:${String(logged?.fields?.["request"])}`, problem.instance);
  });
});

describe("TLS", () => {
  const fixtures = new URL("./fixtures/tls/", import.meta.url);
  let directory: string;
  let world: World;
  const use = (name: string): void => {
    for (const kind of ["crt", "key"]) copyFileSync(new URL(`${name}.${kind}`, fixtures), join(directory, `server.${kind}`));
  };
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "chainpulse-tls-"));
    use("first");
    const tls = { cert_file: join(directory, "server.crt"), key_file: join(directory, "server.key") };
    world = await openWorld({ config: { server: { listen: "127.0.0.1:0", tls, auth: { required: true } } } });
  });
  after(async () => {
    await world.close();
    rmSync(directory, { recursive: true });
  });

  const open = async (options: { readonly ecdhCurve?: string } = {}): Promise<TLSSocket> => {
    const { port } = new URL(world.server.url);
    const socket = connect({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false, ...options });
    await once(socket, "secureConnect");
    return socket;
  };
  const commonName = async (): Promise<unknown> => {
    const socket = await open();
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return name;
  };

  test("answers have HSTS, and the session cookie is Secure", async () => {
    // If it fails, a cookie or a first request goes out in clear.
    const { token } = world.services.tokens.create({ name: "t", scopes: ["read"], expiresMs: null, nowMs: 0 });
    const sent = request(new URL("/api/v1/session", world.server.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      rejectUnauthorized: false,
      agent: false,
    });
    sent.end(JSON.stringify({ token }));
    const [response] = await once(sent, "response");
    response.resume();
    assert.equal(response.statusCode, 204);
    assert.match(response.headers["strict-transport-security"], /max-age=/);
    assert.match(response.headers["set-cookie"][0], /Secure/);
  });

  test("the hybrid post-quantum key exchange is offered", async () => {
    // If it fails, recorded traffic of today is readable with a quantum computer of tomorrow.
    const socket = await open({ ecdhCurve: "X25519MLKEM768" });
    assert.equal(socket.getProtocol(), "TLSv1.3");
    socket.destroy();
  });

  test("new files are taken over on reload; bad ones leave the old certificate", async () => {
    // If it fails, each renewal of the certificate is a restart, or a typing error an outage.
    assert.equal(await commonName(), "first");
    use("second");
    world.server.reconfigure();
    assert.equal(await commonName(), "second");
    writeFileSync(join(directory, "server.crt"), "no certificate");
    world.server.reconfigure();
    assert.equal(await commonName(), "second");
    assert.ok(world.log.some(({ level, message }) => level === "error" && message.includes("TLS files")));
  });
});
