import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { trackConnections } from "./connections.ts";

/** Starts `server`, sends `text` on a connection that is never used further, and ends the server. */
async function endWith(server: Server, text: string): Promise<void> {
  const connections = trackConnections(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const client: Socket = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
  client.on("error", () => undefined);
  const accepted = once(server, "connection");
  await once(client, "connect");
  await accepted;
  client.write(text);
  // Not `once`: a reset is an error to it, and here it is what is wanted.
  const cut = new Promise((resolve) => client.resume().on("close", resolve));
  await connections.end(async () => void (await Promise.all([once(server.close(), "close"), cut])), 10);
}

// If these fail, anybody who can connect keeps the process from stopping, and its data thread from an orderly end.
test("S13: half a request does not hold a server that ends", async () => {
  for (const text of ["", "GET / HTTP/1.1\r\nHost: loc", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"]) {
    await endWith(createServer(), text);
  }
});

test("S13: half a handshake does not hold it either", async () => {
  await endWith(createTlsServer({ cert: "", key: "" }), "\u0016\u0003\u0001");
});
