import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { configSchema } from "../core/config.ts";
import type { Domain } from "../core/domain.ts";
import { defineMetrics } from "../core/metric.ts";
import { withFakeServer } from "../io/fake-server.test-support.ts";
import { clientItems } from "./doctor-clients.ts";
import { checkDirectory, checkNode } from "./doctor-local.ts";
import { type DoctorReport, formatReport } from "./doctor-report.ts";
import { cli } from "./run-cli.test-support.ts";

// If these fail, an operator whose machine lacks something is not told what, why and what to do, or is told that a fault is none.

const metrics = defineMetrics({
  made: { name: "test.made", kind: "gauge", unit: "1", help: "Made up." },
});

/** A domain whose one source is not there. */
const lacking: Domain = {
  id: "test",
  title: "Test",
  metrics,
  collectors: [
    {
      id: "test.source",
      title: "A source",
      metrics: [metrics.made],
      open: (context) => {
        const absence = { reason: "no_permission", detail: "open /x: EACCES", fix: "Run as root." } as const;
        context.absent("/x", [metrics.made], absence);
        return { collect: () => undefined };
      },
    },
  ],
  views: [],
  panels: [],
  checks: [],
  alerts: [],
};

/** A configuration in `directory` that listens where nothing does. */
function configure(directory: string, further = ""): string {
  const file = join(directory, "c.yaml");
  const listen = "127.0.0.1:0";
  writeFileSync(
    file,
    `performance_monitoring:\n  server: { listen: "${listen}" }\n  storage: { data_dir: "${directory}" }\n${further}`,
  );
  return file;
}

async function doctorJson(argv: readonly string[], domains: readonly Domain[] = []): Promise<DoctorReport & { code: number }> {
  const { code, stdout } = await cli(["doctor", "--json", ...argv], { loadDomains: () => Promise.resolve(domains) });
  // The command printed this type.
  return { ...(JSON.parse(stdout) as DoctorReport), code };
}

const temporary = (): ReturnType<typeof mkdtempDisposableSync> => mkdtempDisposableSync(join(tmpdir(), "chainpulse-doctor-"));

// Each of them probes for more than a second, mostly waiting.
describe("doctor", { concurrency: true }, () => {
  test("what the machine lacks is listed with reason and fix, and is no fault", async () => {
    using directory = temporary();
    const report = await doctorJson(["--config", configure(directory.path)], [lacking]);
    assert.deepEqual([report.code, report.ok], [0, true]);
    assert.deepEqual(
      // Whatever clients the machine has.
      report.items.filter(({ area, state }) => area !== "clients" && state === "absent"),
      [
        {
          area: "sources",
          subject: "test.source",
          state: "absent",
          detail: "no_permission: open /x: EACCES",
          metrics: ["test.made"],
          fix: "Run as root.",
        },
      ],
    );
  });

  test("a wrong configuration and a log directory that cannot be written are faults: exit code 3", async () => {
    using directory = temporary();
    const wrong = await doctorJson(["--config", configure(directory.path, "  loging: {}\n"), "--data-dir", directory.path]);
    assert.deepEqual([wrong.code, wrong.ok], [3, false]);
    assert.match(
      wrong.items.find(({ area }) => area === "configuration")?.detail ?? "",
      /c\.yaml:4:3 .*did you mean "logging"/,
    );

    const blocked = configure(directory.path, `  logging: { output_dir: "${join(directory.path, "c.yaml", "log")}" }\n`);
    const report = await doctorJson(["--config", blocked]);
    assert.equal(report.code, 3);
    const item = report.items.find(({ subject }) => subject === "log directory");
    assert.match(item?.detail ?? "", /cannot be written \(ENOTDIR/);
    assert.ok(item?.fix);
  });

  test("a port that another program has is a fault", async () => {
    using directory = temporary();
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    // A server that listens on TCP has an address with a port.
    const { port } = server.address() as AddressInfo;
    try {
      const file = configure(directory.path);
      writeFileSync(
        file,
        `performance_monitoring: { server: { listen: "127.0.0.1:${port}" }, storage: { data_dir: "${directory.path}" } }\n`,
      );
      const report = await doctorJson(["--config", file]);
      assert.equal(report.code, 3);
      assert.equal(report.items.find(({ area }) => area === "server")?.state, "broken");
    } finally {
      server.close();
    }
  });

  const status = {
    version: "1.2.3",
    node: { id: "node 1" },
    configError: null,
    collect: {
      collecting: true,
      series: 7,
      collectors: [
        { id: "host.cpu", title: "CPU", state: "ok", error: null },
        { id: "host.disk", title: "Disks", state: "open", error: "EIO" },
      ],
      absences: [{ collector: "host.cpu", source: "temp", metrics: ["m"], reason: "stale", detail: "gone", sinceMs: 1 }],
    },
  };
  const health = { checks: [{ id: "host.disk_space", status: "critical", message: "/ is full", action: "Delete something." }] };

  const targets = {
    pools: [{ pool: "node", active: 4, up: 1, dropped: 0, problems: ["t.json: no JSON"] }],
    targets: [{ pool: "node", url: "http://a:1/metrics", lastError: "connection refused" }],
    total: 3,
  };

  test("a running server tells what it sees: failing collectors, stale sources, failed checks and a refused reload are faults", async () => {
    using directory = temporary();
    const file = configure(directory.path);
    const answers = {
      "/api/v1/performance/status": { body: { ...status, configError: "c.yaml:1:1  wrong" } },
      "/api/v1/performance/nodes/node%201/health": { body: health },
      "/api/v1/performance/targets": { body: targets },
    };
    await withFakeServer(answers, async (origin) => {
      const report = await doctorJson(["--config", file, "--url", origin], [lacking]);
      assert.equal(report.code, 3);
      const broken = report.items
        .filter(({ state }) => state === "broken")
        .map(({ subject, detail }) => `${subject}: ${detail}`);
      assert.deepEqual(broken, [
        "reload: c.yaml:1:1  wrong",
        "node: t.json: no JSON",
        "node http://a:1/metrics: connection refused",
        "targets: 2 more are down",
        "host.disk: Disks: EIO",
        "host.cpu: stale: temp: gone",
        "host.disk_space: / is full",
      ]);
      assert.ok(
        !report.items.some(({ subject }) => subject.startsWith("test.source")),
        "the server is believed, not probed beside",
      );
    });
  });

  test("a server that asks for a token, another program, and no server at the demanded address are told apart", async () => {
    using directory = temporary();
    const file = configure(directory.path);
    const stateOf = async (origin: string): Promise<readonly unknown[]> => {
      const { items } = await doctorJson(["--config", file, "--url", origin]);
      const item = items.find(({ area }) => area === "server");
      return [item?.state, item?.fix === undefined];
    };
    const path = "/api/v1/performance/status";
    await withFakeServer({ [path]: { status: 401, body: { code: "UNAUTHENTICATED", detail: "no token" } } }, async (origin) => {
      assert.deepEqual(await stateOf(origin), ["absent", false]);
    });
    await withFakeServer({ [path]: { body: { hello: "world" } } }, async (origin) => {
      assert.deepEqual(await stateOf(origin), ["broken", true]);
    });
    assert.deepEqual(await stateOf("http://127.0.0.1:1"), ["broken", false]);
  });

  test("an old Node.js is a fault, and a directory that does not exist yet is none", () => {
    assert.equal(checkNode("20.1.0", "/node").state, "broken");
    assert.equal(checkNode("24.0.0", "/node").state, "ok");
    using directory = temporary();
    assert.match(checkDirectory("data directory", join(directory.path, "a", "b")).detail, /will be made/);
  });

  test("the text for people has one line per item, its fix below, and no terminal sequences from outside", () => {
    const items = [
      { area: "files", subject: "a\u001b[2J", state: "ok", detail: "fine" },
      { area: "files", subject: "b", state: "broken", detail: "bad\nline", metrics: ["a", "b", "c", "d"], fix: "mend it" },
    ] as const;
    assert.equal(
      formatReport({ ok: false, items }, false),
      "files\n  ok      a\\u{1b}[2J: fine\n  broken  b: bad\\nline\n          without it: a, b, c and 1 more\n          mend it\n\n1 of 2 are broken.\n",
    );
  });

  test("colours are for terminals only, and not with NO_COLOR", async () => {
    using directory = temporary();
    const argv = ["doctor", "--config", configure(directory.path)];
    let text = "";
    const stdout = { isTTY: true, write: (part: string | Uint8Array) => (text += String(part)) !== "" };
    await cli(argv, { stdout });
    assert.ok(text.includes("\u001b[32m"));
    text = "";
    await cli(argv, { stdout, env: { HOME: "/nonexistent", NO_COLOR: "1" } });
    assert.ok(text !== "" && !text.includes("\u001b"));
    assert.ok(!(await cli(argv)).stdout.includes("\u001b"));
  });
});

test("a configured client that answers says what its mapping rests on; one that does not, or is of no kind, is broken", async () => {
  // Otherwise a client whose address is wrong, or whose mapping nobody has verified, looks like any other.
  const answer = { body: { jsonrpc: "2.0", id: 1, result: "reth/v1.8.2/x86_64-unknown-linux-gnu" } };
  await withFakeServer({ "/": answer }, async (origin) => {
    const clients = [
      { name: "el", rpc_url: origin },
      { name: "wrong", rpc_url: `${origin}/nothing`, kind: "geth" },
      { name: "typo", rpc_url: origin, kind: "gethh" },
      { name: "empty" },
    ];
    const items = await clientItems(configSchema.parse({ chain: { discover: false, clients } }));
    const broken = items.filter(({ state }) => state === "broken");
    assert.deepEqual(
      broken.map(({ subject }) => subject),
      ["wrong", "typo", "empty"],
    );
    assert.ok(broken.every(({ fix }) => fix !== undefined));
    assert.equal(broken[1]?.fix, "Set kind to geth.");
    const [el] = items.filter(({ subject }) => subject === "el");
    assert.equal(el?.state, "ok");
    assert.match(el.detail, /^Reth: mapped from documentation, not verified/);
  });
});

test("without clients there is nothing to say, and nobody is asked", async () => {
  // Otherwise every machine gets a section about clients that it does not have.
  assert.deepEqual(await clientItems(configSchema.parse({ chain: { discover: false } })), []);
  const off = { chain: { enabled: false, clients: [{ rpc_url: "http://127.0.0.1:9" }] } };
  assert.deepEqual(await clientItems(configSchema.parse(off)), []);
});
