import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Arrival, checkArrival, claimedHost, parseHost } from "./origin-guard.ts";

const plain: Arrival = {
  method: "GET",
  host: "127.0.0.1:9797",
  origin: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  fetchDestination: undefined,
  localAddress: "127.0.0.1",
  page: true,
};

function refusal(arrival: Partial<Arrival>, allowed: readonly string[] = []): string {
  try {
    checkArrival({ ...plain, ...arrival }, allowed);
    return "";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "?";
  }
}

describe("the guard against other sites", () => {
  test("S2: only names of this server are a Host", () => {
    // If it fails, a page on the internet reads the node's data through a rebound DNS name.
    for (const host of ["localhost", "LOCALHOST:9797", "127.0.0.1", "[::1]:9797", "pulse.example:443"]) {
      assert.equal(refusal({ host }, ["pulse.example"]), "", host);
    }
    const foreign = [
      undefined,
      "",
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "evil.example:9797",
      "localhost@evil.example",
      "localhost/evil",
      "localhost evil.example",
      "localhost,evil.example",
      "localhost:99999",
      "192.0.2.1",
      "[::ffff:192.0.2.1]",
      "pulse.example.",
    ];
    for (const host of foreign) assert.equal(refusal({ host }, ["pulse.example"]), "HOST_NOT_ALLOWED", String(host));
  });

  test("S2: the address that the client really connected to is allowed", () => {
    // If it fails, a remote server cannot be reached by its address without configuration.
    assert.equal(refusal({ host: "192.0.2.1:9797", localAddress: "192.0.2.1" }), "");
    assert.equal(refusal({ host: "192.0.2.1:9797", localAddress: "::ffff:192.0.2.1" }), "");
    assert.equal(refusal({ host: "192.0.2.2:9797", localAddress: "192.0.2.1" }), "HOST_NOT_ALLOWED");
  });

  test("S3, S4: only the own origin passes", () => {
    // If it fails, another site's script posts annotations or opens streams.
    for (const origin of ["http://127.0.0.1:9797", "https://127.0.0.1:9797"]) assert.equal(refusal({ origin }), "", origin);
    assert.equal(refusal({ host: "pulse.example", origin: "https://pulse.example" }, ["pulse.example"]), "");
    const foreign = [
      "null",
      "",
      "http://evil.example",
      "http://127.0.0.1",
      "http://127.0.0.1:9798",
      "http://localhost:9797",
      "http://127.0.0.1:9797.evil.example",
      "http://127.0.0.1:9797@evil.example",
      "file://",
      "chrome-extension://127.0.0.1:9797",
    ];
    for (const origin of foreign) assert.equal(refusal({ origin }), "ORIGIN_NOT_ALLOWED", origin);
  });

  test("S4: cross-site requests pass only as a followed link", () => {
    // If it fails, either links to the dashboard break or an <img> on another site triggers queries.
    assert.equal(refusal({ fetchSite: "same-origin" }), "");
    assert.equal(refusal({ fetchSite: "none" }), "");
    const link = { fetchSite: "cross-site", fetchMode: "navigate", fetchDestination: "document" };
    assert.equal(refusal(link), "");
    assert.equal(refusal({ ...link, page: false }), "ORIGIN_NOT_ALLOWED");
    assert.equal(refusal({ ...link, fetchSite: "same-site", page: false }), "ORIGIN_NOT_ALLOWED");
    assert.equal(refusal({ fetchSite: "none", fetchMode: "navigate", fetchDestination: "document", page: false }), "");
    assert.equal(refusal({ ...link, method: "POST" }), "ORIGIN_NOT_ALLOWED");
    assert.equal(refusal({ ...link, fetchDestination: "iframe" }), "ORIGIN_NOT_ALLOWED");
    assert.equal(refusal({ ...link, fetchMode: "no-cors", fetchDestination: "image" }), "ORIGIN_NOT_ALLOWED");
    assert.equal(refusal({ fetchSite: "same-site", fetchMode: "cors" }), "ORIGIN_NOT_ALLOWED");
  });

  test("S2: a request names one host", () => {
    // If it fails, the guard looks at one name and a proxy or a cache before us at another.
    const claimed = (url: string, ...host: string[]): string | undefined =>
      claimedHost({ url, headers: { host: host[0] }, headersDistinct: { host } });
    for (const url of ["/", "*", "/http://evil.example/", "http://localhost/metrics", "HTTP://localhost"]) {
      assert.equal(claimed(url, "localhost"), "localhost", url);
    }
    assert.equal(claimed("/", "localhost", "evil.example"), undefined);
    for (const url of ["http://evil.example/metrics", "http://localhost@evil.example/", "evil.example:80", ""]) {
      assert.equal(claimed(url, "localhost"), undefined, url);
    }
  });

  test("no text makes the guard fail in another way or let a foreign name in", () => {
    // If it fails, a crafted header crashes the request or passes the check.
    fc.assert(
      fc.property(fc.string(), fc.string(), (host, origin) => {
        assert.ok(["", "HOST_NOT_ALLOWED", "ORIGIN_NOT_ALLOWED"].includes(refusal({ host, origin })));
        const parsed = parseHost(host);
        if (refusal({ host }) === "") assert.ok(["localhost", "127.0.0.1", "::1"].includes(parsed?.name ?? ""));
      }),
    );
    fc.assert(
      fc.property(fc.domain(), fc.nat(65_535), (name, port) => {
        assert.deepEqual(parseHost(`${name}:${port}`), { name: name.toLowerCase(), port });
        assert.equal(refusal({ host: `${name}:${port}` }), "HOST_NOT_ALLOWED");
        assert.equal(refusal({ origin: `http://${name}:${port}` }), "ORIGIN_NOT_ALLOWED");
      }),
    );
  });
});
