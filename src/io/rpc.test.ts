import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { ChainPulseError } from "../core/errors.ts";
import { connectCalls, type Remote, serveCalls } from "./rpc.ts";

interface Api {
  add(a: number, b: number): number;
  fail(): never;
  uncloneable(): unknown;
  bytes(): { readonly series: readonly { readonly values: Float64Array }[] };
  hang(): Promise<void>;
  later(ms: number): Promise<void>;
}

const api: Api = {
  add: (a, b) => a + b,
  fail: () => {
    throw new ChainPulseError("QUERY_SYNTAX", "1:3: unexpected )", { fix: "close it" });
  },
  uncloneable: () => [Object],
  bytes: () => ({ series: [{ values: Float64Array.of(1, 2) }] }),
  hang: () => new Promise(() => undefined),
  later: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

async function withApi(run: (remote: Remote<Api>, close: () => void) => Promise<void>, timeoutMs = 5000): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  serveCalls(port1, api);
  try {
    await run(connectCalls<Api>(port2, { name: "test", timeoutMs }), () => port1.close());
  } finally {
    port1.close();
  }
}

describe("rpc", () => {
  // If these fail, an error in a thread loses its code on the way to the user, or a call waits for ever.
  it("calls methods and returns their values", () => withApi(async (remote) => assert.equal(await remote.add(1, 2), 3)));

  it("carries an error's code, message and fix", () =>
    withApi(async (remote) => {
      await assert.rejects(remote.fail(), { code: "QUERY_SYNTAX", message: "1:3: unexpected )", fix: "close it" });
    }));

  it("moves typed arrays", () =>
    withApi(async (remote) => assert.deepEqual(await remote.bytes(), { series: [{ values: Float64Array.of(1, 2) }] })));

  it("fails the one call whose result cannot cross, and answers on", () =>
    withApi(async (remote) => {
      await assert.rejects(remote.uncloneable(), { code: "INTERNAL", message: /could not be cloned/ });
      assert.equal(await remote.add(1, 2), 3);
    }));

  it("refuses names that are no method, inherited ones too", () =>
    withApi(async (remote) => {
      const untyped = remote as unknown as Record<string, () => Promise<unknown>>;
      for (const name of ["missing", "toString", "constructor"]) {
        await assert.rejects(untyped[name]?.() ?? Promise.resolve(), { code: "INTERNAL" });
      }
    }));

  it("fails open calls when the other side ends, and later ones at once", () =>
    withApi(async (remote, close) => {
      const open = remote.hang();
      close();
      await assert.rejects(open, { code: "UNAVAILABLE" });
      await assert.rejects(remote.add(1, 2), { code: "UNAVAILABLE" });
    }));

  it("does not take a thread that answers others for one that hangs", () =>
    withApi(async (remote) => {
      const slow = remote.later(600);
      for (let i = 0; i < 6; i++) await remote.later(100);
      await slow;
    }, 500));

  it("gives up after its time-out", () =>
    withApi(async (remote) => {
      await assert.rejects(remote.hang(), { code: "UNAVAILABLE", message: /did not answer hang in 5 ms/ });
    }, 5));
});
