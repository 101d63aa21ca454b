import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { measureConnect } from "./tcp-connect.ts";

test("a listener is reached in a positive time, and sees the connection closed without a byte", async () => {
  // A reachable peer would be shown as down, or be spoken to, if this fails.
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const accepted = once(server, "connection");
  // A TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  const result = await measureConnect({ host: "127.0.0.1", port }, 5000);
  assert.ok(result.ok && result.seconds > 0);
  const [socket] = await accepted;
  let received = 0;
  socket.on("data", (bytes: Buffer) => (received += bytes.length));
  socket.on("error", () => undefined);
  await once(socket, "close");
  assert.equal(received, 0);
  server.close();
  await once(server, "close");
});

test("a closed port is refused", async () => {
  // A stopped client would look like a lost packet if this fails.
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const result = await measureConnect({ host: "127.0.0.1", port }, 5000);
  assert.ok(!result.ok);
  assert.equal(result.failure, "refused");
});

test("a name that cannot be is a name's failure, not the network's", async () => {
  // A typing error in the configuration would be sought in the network if this fails. A label longer than 63 bytes is never asked for.
  const result = await measureConnect({ host: `${"a".repeat(64)}.invalid`, port: 1 }, 5000);
  assert.ok(!result.ok);
  assert.equal(result.failure, "name");
});
