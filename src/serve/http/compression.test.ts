import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { labSamples } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { chooseEncoding } from "./accept-encoding.ts";

const decoders = { zstd: zstdDecompressSync, gzip: gunzipSync, br: brotliDecompressSync } as const;

describe("the encoding that a client gets", () => {
  const offered = ["zstd", "gzip", "br"] as const;
  const choices: readonly (readonly [accept: string, encoding: string | null])[] = [
    ["", null],
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "zstd"],
    ["zstd;q=0, gzip", "gzip"],
    ["gzip;q=0.5, br;q=0.9", "br"],
    ["GZIP ; q=1", "gzip"],
    ["identity", null],
    ["*", "zstd"],
    ["*;q=0", null],
    ["deflate", null],
    ["gzip;q=nonsense", null],
    ["gzip;level=1;q=0, br", "br"],
    // With a pattern for blanks this takes minutes of the main thread.
    [`a${" ".repeat(1_000_000)}b, gzip`, "gzip"],
  ];
  for (const [accept, encoding] of choices) {
    test(`${JSON.stringify(accept.slice(0, 40))} → ${String(encoding)}`, () => {
      // If it fails, a client gets bytes that it cannot read.
      assert.equal(chooseEncoding(accept, offered), encoding);
    });
  }

  test("no header breaks the choice", () => {
    // If it fails, a crafted header ends a request.
    fc.assert(
      fc.property(fc.string(), (accept) => {
        const chosen = chooseEncoding(accept, offered);
        assert.ok(chosen === null || offered.includes(chosen));
      }),
    );
  });
});

describe("compression", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    world.tick(labSamples([1, 2], 20));
  });
  after(() => world.close());

  test("an answer is the same text in every encoding", async () => {
    // If it fails, Grafana reads a broken answer, or pays for three times the bytes.
    for (const path of ["/api/v1/query_range?query=1&start=0&end=1000&step=1", "/api/openapi.json"]) {
      const plain = await world.raw(path);
      assert.equal(plain.headers["content-encoding"], undefined);
      assert.match(String(plain.headers.vary), /accept-encoding/);
      for (const encoding of ["zstd", "gzip", "br"] as const) {
        const { headers, bytes } = await world.raw(path, { headers: { "accept-encoding": encoding } });
        assert.equal(headers["content-encoding"], encoding, path);
        assert.equal(decoders[encoding](bytes).toString(), plain.body, path);
      }
    }
  });

  test("what is short is not compressed, and HEAD has no body", async () => {
    // If it fails, small answers grow, or a health check hangs on a body that never comes.
    const short = await world.raw("/api/v1/query?query=1", { headers: { "accept-encoding": "gzip" } });
    assert.equal(short.headers["content-encoding"], undefined);
    const head = await world.raw("/metrics", { method: "HEAD", headers: { "accept-encoding": "gzip" } });
    assert.deepEqual([head.status, head.body], [200, ""]);
  });
});
