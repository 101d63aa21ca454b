/** Targets that mean no good: each costs its own scrape, within its bounds, and nothing else. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { mock, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openScrapeLab, type Said, serveTarget } from "./scrape-lab.test-support.ts";

const typed = { "content-type": "text/plain" } as const;

/** Writes on and on, as fast as it is taken. */
function endless(_: unknown, response: ServerResponse): void {
  response.writeHead(200, typed);
  const more = (): void => {
    while (!response.destroyed && response.write("a 1\n".repeat(4096)));
  };
  response.on("drain", more);
  more();
}

/** Longer than the time limit of the scrape. */
const longMs = 60_000;

const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, "#"), { level: 9 });

const cases: Readonly<Record<string, { readonly said: Said; readonly error: RegExp; readonly job?: object }>> = {
  "a body without end": { said: endless, error: /larger than 1048576 bytes/, job: { body_size_limit: "1MB" } },
  "a gzip bomb": {
    said: (_, response) => response.writeHead(200, { ...typed, "content-encoding": "gzip" }).end(bomb),
    error: /larger than 1048576 bytes/,
    job: { body_size_limit: "1MB" },
  },
  "an answer that never comes": {
    said: () => mock.timers.tick(longMs),
    error: /no complete answer within 5000 ms/,
  },
  "a body that drips": {
    said: (_, response) => void response.writeHead(200, typed).write("a 1\n", () => mock.timers.tick(longMs)),
    error: /no complete answer within 5000 ms/,
  },
  "a series of a hundred thousand labels": {
    said: `a{${Array.from({ length: 100_000 }, (_, index) => `l${index}="x"`).join(",")}} 1\n`,
    error: /100003 labels, more than the limit of 256/,
  },
  "a label of a megabyte": { said: `a{b="${"x".repeat(1_000_000)}"} 1\n`, error: /longer than 65536 bytes/ },
  "a line without end": { said: "a".repeat(1_000_000), error: /line 1: expected a number/ },
  garbage: { said: Uint8Array.from({ length: 4096 }, (_, index) => (index * 131) % 256), error: /line 1: / },
  "no UTF-8": { said: Buffer.from([0x61, 0x7b, 0x62, 0x3d, 0x22, 0xff, 0x22, 0x7d, 0x20, 0x31, 0x0a]), error: /line 1/ },
  "a page for people": {
    said: (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    error: /Content-Type "text\/html", which is no format of metrics/,
  },
  "an encoding that was not asked for": {
    said: (_, response) => response.writeHead(200, { ...typed, "content-encoding": "br" }).end("x"),
    error: /unknown encoding "br"/,
  },
  "a gzip that is none": {
    said: (_, response) => response.writeHead(200, { ...typed, "content-encoding": "gzip" }).end("x"),
    error: /no gzip/,
  },
  "a redirect to a file": {
    said: (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
    error: /redirect to another host is not followed/,
  },
  "a redirect to another port": {
    said: (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/metrics" }).end(),
    error: /redirect to another host is not followed/,
  },
  "a redirect to itself": {
    said: (_, response) => response.writeHead(302, { location: "/metrics" }).end(),
    error: /10 redirects/,
  },
  "a connection that is cut": {
    said: (_, response) => {
      response.writeHead(200, { ...typed, "content-length": "100" });
      response.write("a 1\n", () => response.destroy());
    },
    error: /aborted|terminated|hang up|closed/,
  },
};

for (const [name, { said, error, job = {} }] of Object.entries(cases)) {
  test(name, async () => {
    // If this fails, one target takes the server's memory or time, or leads it where it must not look.
    // Time passes where a target lets it pass, and nowhere else: on a loaded machine a good answer may take longer than any limit.
    using _ = { [Symbol.dispose]: () => mock.timers.reset() };
    mock.timers.enable({ apis: ["setTimeout"] });
    await using lab = await openScrapeLab({ said, job });
    await lab.scrape(1000);
    assert.match(lab.target.status.lastError, error);
    assert.deepEqual(lab.sink.series({ __name__: "up" }), [{ timeMs: 1000, value: 0 }]);
    lab.server.say("a 1\n");
    await lab.scrape(2000);
    assert.deepEqual(lab.sink.series({ __name__: "up" }).at(-1), { timeMs: 2000, value: 1 });
  });
}

test("a redirect on the same host is followed, and the secret goes nowhere else", async () => {
  // If this fails, targets behind a moved path are down; or whoever answers for a target gets its password.
  await using elsewhere = await serveTarget();
  await using lab = await openScrapeLab({
    said: (request, response) =>
      request.url === "/metrics"
        ? response.writeHead(301, { location: "/new" }).end()
        : response.writeHead(200, typed).end(`seen{path="${request.url}"} 1\n`),
  });
  await lab.scrape(1000);
  assert.equal(lab.sink.series({ __name__: "seen", path: "/new" }).length, 1);
  let asked = 0;
  elsewhere.say((_, response) => {
    asked++;
    response.end();
  });
  lab.server.say((_, response) => response.writeHead(302, { location: `http://${elsewhere.address}/` }).end());
  await lab.scrape(2000);
  assert.equal(asked, 0);
});
