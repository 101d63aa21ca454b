import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { clientGone } from "./client-gone.ts";

test("a client that has gone is seen, whether it went before or after the handler began", async (context) => {
  // If it fails, the queries of pages that were closed hold the thread that answers everybody.
  const server = createServer();
  context.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const client = connect(address.port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const [, response] = (await once(server, "request")) as [unknown, ServerResponse]; // Node's two arguments.
  const during = clientGone({ raw: response });
  assert.equal(during.aborted, false);
  client.destroy();
  await once(response, "close");
  assert.equal(during.aborted, true);
  assert.equal(clientGone({ raw: response }).aborted, true);
});
