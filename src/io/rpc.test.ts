import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { setImmediate } from "node:timers/promises";
import type { Cancellation } from "../core/cancellation.ts";
import { ChainPulseError } from "../core/errors.ts";
import { connectCalls, type Remote, serveCalls } from "./rpc.ts";

interface Api {
  add(a: number, b: number): number;
  fail(): never;
  uncloneable(): unknown;
  many(count: number): readonly { readonly values: Float64Array }[];
  bytes(): { readonly series: readonly { readonly values: Float64Array }[] };
  hang(signal?: Cancellation): Promise<void>;
  later(ms: number): Promise<void>;
  watch(signal?: Cancellation): Promise<string>;
  note(text: string, signal?: Cancellation): void;
}

/** What `note` was asked. */
const noted: string[] = [];

const api: Api = {
  add: (a, b) => a + b,
  fail: () => {
    throw new ChainPulseError("QUERY_SYNTAX", "1:3: unexpected )", { fix: "close it" });
  },
  uncloneable: () => [Object],
  many: (length) => Array.from({ length }, (_, i) => ({ values: Float64Array.of(i) })),
  bytes: () => ({ series: [{ values: Float64Array.of(1, 2) }] }),
  hang: () => new Promise(() => undefined),
  later: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  watch: async (signal) => {
    for (;;) {
      if (signal?.aborted === true) return signal instanceof AbortSignal ? "the signal itself" : "seen";
      await setImmediate();
    }
  },
  note: (text) => void noted.push(text),
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

  it("moves as many as a large answer has", { timeout: 20_000 }, () =>
    withApi(async (remote) => {
      // With a list of all buffers for each of them this takes a minute.
      const series = await remote.many(50_000);
      assert.deepEqual([series.length, series.at(-1)?.values], [50_000, Float64Array.of(49_999)]);
    }, 60_000),
  );

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

  it("lets the other side see in the middle of its work that nobody waits", () =>
    withApi(async (remote) => {
      const controller = new AbortController();
      const watching = remote.watch(controller.signal);
      // Answered after the other one has begun.
      await remote.add(1, 2);
      controller.abort();
      assert.equal(await watching, "seen");
    }));

  it("does not begin what was aborted while it waited", () =>
    withApi(async (remote) => {
      const controller = new AbortController();
      const waiting = remote.note("aborted", controller.signal);
      controller.abort();
      await assert.rejects(waiting, { code: "CANCELLED" });
      await assert.rejects(remote.note("aborted before", controller.signal), { code: "CANCELLED" });
      await remote.note("wanted", new AbortController().signal);
      assert.deepEqual(noted, ["wanted"]);
    }));

  it("takes a side that works on for nobody for one that hangs", async () => {
    const { port1, port2 } = new MessageChannel();
    serveCalls(port1, api);
    try {
      const remote = connectCalls<Api>(port2, { name: "test", timeoutMs: 60_000, abortGraceMs: 5 });
      const controller = new AbortController();
      const deaf = remote.hang(controller.signal);
      // Answered after the other one has begun.
      await remote.add(1, 2);
      controller.abort();
      await assert.rejects(deaf, { code: "UNAVAILABLE", message: /did not answer hang in 5 ms/ });
    } finally {
      port1.close();
    }
  });

  it("gives up after its time-out", () =>
    withApi(async (remote) => {
      await assert.rejects(remote.hang(), { code: "UNAVAILABLE", message: /did not answer hang in 5 ms/ });
    }, 5));
});
