/** A hub for tests of the agent's side: the real door behind a real TLS listener, over a sink that keeps what it is given in memory. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { AgentState } from "../../../core/agent-record.ts";
import type { Annotation } from "../../../core/annotation.ts";
import { configSchema } from "../../../core/config.ts";
import { telemetrySchema } from "../../../core/config-telemetry.ts";
import { type HubConfig, hubSchema } from "../../../core/config-hub.ts";
import { labelsKey, type Labels } from "../../../core/labels.ts";
import type { Logger } from "../../../core/logger.ts";
import type { StoredEvent } from "../../../core/node-event.ts";
import type { Span } from "../../../core/span.ts";
import type { ReceivedSamples, SeriesRef } from "../../../core/storage.ts";
import { pinOfPem } from "../../../io/pinned-connection.ts";
import { openTelemetryReader } from "../../../store/beside/telemetry-reader.ts";
import { openTelemetryStore } from "../../../store/beside/telemetry-store.ts";
import { allPages } from "../../../store/beside/telemetry.test-support.ts";
import { type AgentRegistry, openAgentRegistry } from "../../../store/state/agents.ts";
import { clockHeaders } from "../../agent-protocol/exchange.ts";
import { AgentBook } from "../../intake/agents/agent-book.ts";
import { createAgentsDoor } from "../../intake/agents/agents-door.ts";
import { answerOf } from "../../intake/intake-service.ts";
import type { Door, DoorAnswer } from "../../intake/door.ts";
import type { IntakeSink } from "../../intake/sink.ts";
import type { OutboxRecord } from "../../../store/outbox/outbox-record.ts";
import { createHubDestination, type HubDestination, type HubDestinationOptions } from "./hub-destination.ts";

export const tlsFile = (name: string): string => fileURLToPath(new URL(`../../../io/fixtures/tls/${name}`, import.meta.url));

export const nowMs = 1_764_000_000_000;
const clock = { nowMs: () => nowMs, monotonicMs: () => 0 };
const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };

/** What may happen to a request instead of the door's answer; `afterwards`: when the door has answered. */
export type Accident = (request: IncomingMessage, response: ServerResponse) => "handled" | "afterwards" | null;

export interface TestHub extends AsyncDisposable {
  readonly url: string;
  readonly book: () => AgentBook;
  readonly registry: AgentRegistry;
  /** Bits of the value by series and time, as text. */
  readonly stored: ReadonlyMap<string, string>;
  /** Samples that were stored, also those that were there already. */
  readonly storedCount: () => number;
  /** Of one kind, newest first. */
  readonly events: (kind: string) => readonly StoredEvent[];
  /** Of one trace. */
  readonly spans: (traceId: string) => readonly Span[];
  /** Status of the door's answer. */
  readonly ask: (contentType: string, body: Uint8Array<ArrayBuffer>) => Promise<number>;
  readonly requests: readonly string[];
  readonly held: () => number;
  readonly marks: readonly Annotation[];
  /** Which node the token is for: `null`, any. */
  tokenNode: string | null;
  accident: Accident | null;
  /** The sink's error, until it is taken away. */
  failing: Error | null;
  /** The sink's answer to a question for numbers waits for this. */
  numbering: Promise<void>;
  /** The intake thread is started anew: all sessions are lost. */
  restart(): void;
}

export async function openTestHub(): Promise<TestHub> {
  const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-hub-"));
  const registry = openAgentRegistry(dataDir);
  const refs = new Map<string, SeriesRef>();
  const stored = new Map<string, string>();
  const requests: string[] = [];
  const marks: Annotation[] = [];
  let held = 0;
  let count = 0;
  const sink: IntakeSink = {
    async resolve(labels) {
      await hub.numbering;
      held += labels.length;
      return labels.map((one) => {
        const key = labelsKey(one);
        const ref = refs.get(key) ?? refs.size;
        refs.set(key, ref);
        return ref;
      });
    },
    release: (given) => void (held -= given.length),
    async store(samples) {
      if (hub.failing !== null) throw hub.failing;
      const keys = [...refs.keys()];
      const bits = new BigUint64Array(samples.values.buffer);
      for (let i = 0; i < samples.count; i++) {
        stored.set(`${keys[samples.refs[i] ?? 0]} ${samples.timesMs[i]}`, (bits[i] ?? 0n).toString(16));
      }
      for (const { ref, timeMs, histogram } of samples.histograms ?? []) {
        stored.set(`${keys[ref]} ${timeMs}`, JSON.stringify(histogram));
      }
      count += samples.count + (samples.histograms?.length ?? 0);
    },
    oldestAcceptedMs: () => nowMs - 86_400_000,
    newestAcceptedMs: () => nowMs + 600_000,
  };
  const telemetry = openTelemetryStore({ dataDir, clock, logger, limits: telemetrySchema.parse({}) });
  const reader = openTelemetryReader({ dataDir, logger });
  const allowance = { check: () => undefined, isLate: () => false, note: (note: string) => assert.fail(note) };
  let book: AgentBook;
  let door: Door;
  const open = (): void => {
    book = new AgentBook({ registry, annotate: (annotation) => void marks.push(annotation) });
    const tally = { received() {}, refused() {} };
    door = createAgentsDoor({
      sink,
      telemetry: () => telemetry,
      tally,
      clock,
      logger,
      book,
      node: "hub-1",
      config: () => configSchema.parse({}),
    });
  };
  open();
  const answerTo = (contentType: string, body: Uint8Array<ArrayBuffer>): Promise<DoorAnswer> => {
    const headers = { "x-chainpulse-address": "127.0.0.1" };
    return door.answer({ contentType, contentEncoding: "", headers, body, node: hub.tokenNode }).catch(answerOf);
  };
  const server = createServer({ cert: readFileSync(tlsFile("server.crt")), key: readFileSync(tlsFile("server.key")) });
  server.on("request", (request, response) => {
    void (async () => {
      const body = await buffer(request);
      requests.push(`${request.url} ${request.headers.authorization ?? ""}`);
      const accident = hub.accident?.(request, response) ?? null;
      if (accident === "handled") return;
      const answer = await answerTo(request.headers["content-type"] ?? "", Uint8Array.from(body));
      if (accident === "afterwards") request.socket.destroy();
      else response.writeHead(answer.status, { ...answer.headers, [clockHeaders.received]: nowMs }).end(answer.body);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  const hub: TestHub = {
    url: `https://127.0.0.1:${port}/`,
    book: () => book,
    registry,
    stored,
    storedCount: () => count,
    events: (kind) => allPages((cursor) => reader.events({ kind }, { limit: 1000, cursor }, allowance)),
    spans: (traceId) => reader.trace(traceId, { spansMax: 1000, bytesMax: 1e9 }, allowance)?.spans ?? [],
    ask: async (contentType, body) => (await answerTo(contentType, body)).status,
    requests,
    held: () => held,
    marks,
    tokenNode: null,
    accident: null,
    failing: null,
    numbering: Promise.resolve(),
    restart() {
      door.close?.();
      open();
    },
    async [Symbol.asyncDispose]() {
      door.close?.();
      registry.close();
      reader.close();
      telemetry.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      rmSync(dataDir, { recursive: true });
    },
  };
  return hub;
}

export const testPin = pinOfPem(readFileSync(tlsFile("server.crt")));

export interface TestAgent extends Disposable {
  readonly destination: HubDestination;
  /** What the agent says of its queue. */
  queue: Pick<AgentState, "buffer" | "droppedSamples" | "gap">;
}

export function openTestAgent(
  hub: { readonly url: string },
  given: Partial<HubConfig> = {},
  node = "n-1",
  beside?: HubDestinationOptions["beside"],
): TestAgent {
  const directory = mkdtempSync(join(tmpdir(), "chainpulse-agent-"));
  const tokenFile = join(directory, "token");
  writeFileSync(tokenFile, "cpt_secret\n");
  const agent: TestAgent = {
    destination: createHubDestination({
      hub: { ...hubSchema.parse({ token_file: tokenFile, pin: testPin }), ...given, url: hub.url },
      node: { id: node, type: "validator", labels: { site: "a" }, version: "0.0.0", samplingIntervalMs: 1000 },
      outbox: "outbox-1",
      queue: () => agent.queue,
      clock,
      random: () => 0,
      ...(beside === undefined ? {} : { beside }),
    }),
    queue: { buffer: { bytes: 0, maxBytes: 1e9, oldestMs: null }, droppedSamples: 0, gap: null },
    [Symbol.dispose]() {
      agent.destination.close();
      rmSync(directory, { recursive: true });
    },
  };
  return agent;
}

/** Labels of the series of these tests, by number. */
export function labelsOf(ref: SeriesRef): Labels {
  return { __name__: "up", job: `job-${ref}`, node: "n-1" };
}

/** A tick of `series` series. */
export function tick(seq: number, series: number, timeMs = nowMs - 1000 * (100 - seq)): OutboxRecord {
  const refs = Uint32Array.from({ length: series }, (_, ref) => ref);
  const samples: ReceivedSamples = {
    count: series,
    refs,
    timesMs: new Float64Array(series).fill(timeMs),
    values: Float64Array.from(refs, (ref) => seq + ref / 7),
  };
  return { seq, samples };
}
