import assert from "node:assert/strict";
import { test } from "node:test";
import { withFakeServer } from "./fake-server.test-support.ts";
import { type AskOptions, openJsonRpc } from "./json-rpc.ts";

test("a call that is part of a trace says so, and no other does", async () => {
  // What a client traces of our questions would lie in traces of its own, or each question would be taken for part of one.
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const call = async (origin: string, options: AskOptions): Promise<void> => {
    const rpc = openJsonRpc({ url: new URL(origin), timeoutMs: 5000 });
    assert.equal(await rpc.call("eth_getTransactionReceipt", ["0xa"], options), "0x1");
    rpc.close();
  };
  const requests = await withFakeServer({ "/": { body: { jsonrpc: "2.0", id: 1, result: "0x1" } } }, async (origin) => {
    await call(origin, { traceparent });
    await call(origin, { traceparent: undefined });
  });
  assert.deepEqual(
    requests.map((request) => request.traceparent),
    [traceparent, undefined],
  );
});
