/** A hub in a process of its own, at an address and with a data directory that outlast it: it is killed and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { request } from "node:https";
import { buffer } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import { pinOfPem } from "../../src/io/pinned-connection.ts";
import { openTokenStore } from "../../src/store/state/tokens.ts";
import { freePort } from "./child.ts";

export const entry = fileURLToPath(new URL("../../src/boot.mjs", import.meta.url));
const tlsFile = (name: string): string => fileURLToPath(new URL(`../../src/serve/fixtures/tls/${name}`, import.meta.url));

export interface HubProcess extends AsyncDisposable {
  readonly url: string;
  readonly pin: string;
  readonly dataDir: string;
  /** Of the process that runs now. */
  readonly pid: () => number;
  /** Makes a token for an agent; returns the path of a file that holds it. */
  addAgent(node: string): string;
  /** Its token is of no use from now on. */
  revoke(node: string): void;
  start(): Promise<void>;
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** JSON of a path; `form`: posted. Throws for another status than 200. */
  json<T>(path: string, form?: Readonly<Record<string, string>>): Promise<T>;
}

/** It runs when this resolves. `settings`: further ones, as in the configuration file. */
export async function startHub(settings: Readonly<Record<string, unknown>> = {}): Promise<HubProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-hub-"));
  const port = await freePort();
  const tokens = openTokenStore(dataDir);
  const reader = tokens.create({ name: "reader", scopes: ["read"], expiresMs: null }).token;
  const config = join(dataDir, "hub.yaml");
  const tls = { cert_file: tlsFile("first.crt"), key_file: tlsFile("first.key") };
  const server = { listen: `127.0.0.1:${port}`, tls, auth: { required: true } };
  // JSON is YAML.
  const section = { node: { id: "hub" }, server, storage: { data_dir: dataDir }, ...settings };
  writeFileSync(config, JSON.stringify({ performance_monitoring: section }));
  let child: ChildProcess | null = null;

  const hub: HubProcess = {
    url: `https://127.0.0.1:${port}/`,
    pin: pinOfPem(readFileSync(tlsFile("first.crt"))),
    dataDir,
    pid: () => child?.pid ?? 0,
    addAgent(node) {
      const file = join(dataDir, `${node}.token`);
      writeFileSync(file, tokens.create({ name: node, node, scopes: ["agent"], expiresMs: null }).token);
      return file;
    },
    revoke: (node) => void tokens.revokeNode(node),
    async start() {
      const started = spawn(process.execPath, [entry, "start", "--role", "hub", "--config", config], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      child = started;
      for await (const line of createInterface({ input: started.stdout })) if (line.includes("https://")) return;
      throw new Error("the hub ended before it served");
    },
    async stop(signal) {
      const ending = child;
      child = null;
      if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
      ending.kill(signal);
      await once(ending, "exit");
    },
    async json<T>(path: string, form?: Readonly<Record<string, string>>) {
      const sent = request(new URL(path, hub.url), {
        method: form === undefined ? "GET" : "POST",
        rejectUnauthorized: false,
        headers: {
          authorization: `Bearer ${reader}`,
          ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        },
      });
      sent.end(form === undefined ? undefined : new URLSearchParams(form).toString());
      const response = await new Promise<IncomingMessage>((resolve, reject) =>
        sent.on("response", resolve).on("error", reject),
      );
      const text = (await buffer(response)).toString();
      if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${text}`);
      return JSON.parse(text) as T; // The caller's claim, which its figures check.
    },
    async [Symbol.asyncDispose]() {
      await hub.stop("SIGKILL");
      tokens.close();
      rmSync(dataDir, { recursive: true });
    },
  };
  await hub.start();
  return hub;
}

/** How many samples of a metric the hub has of each node, by node. */
export async function countSamples(
  hub: HubProcess,
  metric: string,
  nodes: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const query = `sum(count_over_time({__name__="${metric}",node="${node}"}[6h]))`;
    const { data } = await hub.json<{ data: { result: readonly { value: readonly [number, string] }[] } }>("/api/v1/query", {
      query,
    });
    counts.set(node, Number(data.result[0]?.value[1] ?? 0));
  }
  return counts;
}
