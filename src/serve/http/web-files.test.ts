import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { openWorld, type World } from "../world.test-support.ts";
import { loadWebFiles } from "./web-files.ts";

const script = `console.log("${"pulse ".repeat(500)}");`;

describe("the dashboard's files", () => {
  let root: string;
  let world: World;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), "chainpulse-web-"));
    mkdirSync(join(root, "dist", "assets"), { recursive: true });
    writeFileSync(join(root, "dist", "index.html"), "<!doctype html><title>ChainPulse</title>");
    writeFileSync(join(root, "dist", "assets", "index-C3aq81xx.js"), script);
    writeFileSync(join(root, "secret.txt"), "the secret beside the folder");
    world = await openWorld({ webRoot: join(root, "dist") });
  });
  after(async () => {
    await world.close();
    rmSync(root, { recursive: true });
  });

  test("every client route is the page, and never from a cache", async () => {
    // If it fails, a reload on a page of the dashboard is a 404, or shows the last version.
    for (const path of [
      "/",
      "/host",
      "/explore",
      "/health",
      "/fleet",
      "/settings",
      "/graphql-explorer",
      "/login?next=%2Fhost",
    ]) {
      const response = await world.fetch(path);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
      assert.equal(response.headers.get("cache-control"), "no-cache");
      assert.match(await response.text(), /<title>ChainPulse/);
    }
  });

  test("hashed files are cached for good, in the encoding that the client takes", async () => {
    // If it fails, each visit downloads the dashboard again, or a client gets what it cannot read.
    const file = loadWebFiles(join(root, "dist")).find("/assets/index-C3aq81xx.js");
    assert.ok(file?.hashed);
    const encodings = { "br, gzip": "br", "gzip, deflate": "gzip", "br;q=0, gzip": "gzip", identity: null, "": null } as const;
    for (const [accept, encoding] of Object.entries(encodings)) {
      const body = await file.body(accept);
      assert.equal(body.encoding, encoding, accept);
      const decoded =
        encoding === "br" ? brotliDecompressSync(body.bytes) : encoding === "gzip" ? gunzipSync(body.bytes) : body.bytes;
      assert.equal(decoded.toString(), script);
    }
    const response = await world.fetch("/assets/index-C3aq81xx.js");
    assert.match(response.headers.get("cache-control") ?? "", /immutable/);
    assert.equal(response.headers.get("content-type"), "text/javascript; charset=utf-8");
  });

  test("S1: no spelling of a path leaves the table of files, and nothing redirects", async () => {
    // If it fails, anybody reads files of the host.
    const spellings = [
      "/../secret.txt",
      "/assets/../../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/..%252fsecret.txt",
      "/..%5csecret.txt",
      "/..%255c..%255csecret.txt",
      "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
      "/secret.txt%00.js",
      "/index.html%00",
      "//evil.example/",
      "/\\evil.example",
      "/%5c%5cevil.example/%2e%2e",
      "/etc/passwd",
      `/${root}/secret.txt`,
    ];
    for (const path of spellings) {
      const { status, headers, body } = await world.raw(path);
      assert.ok([400, 404].includes(status), `${path}: ${status}`);
      assert.equal(headers.location, undefined, path);
      assert.equal(body.includes("the secret"), false, path);
    }
  });

  test("without a built dashboard the page says what to do", async () => {
    // If it fails, a developer without the bundle sees an empty page.
    await using bare = await openWorld();
    const response = await bare.fetch("/");
    assert.equal(response.status, 503);
    assert.match(await response.text(), /npm run build/);
  });
});
