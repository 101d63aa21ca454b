/**
 * An agent without its machine: it makes samples instead of collecting them, keeps them in memory instead of on the disk, and sends them
 * with the agent's own destination: its codec, its session, its TLS, its pauses.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createHubDestination } from "../../src/collect/forward/hub/hub-destination.ts";
import { systemClock } from "../../src/core/clock.ts";
import { hubSchema } from "../../src/core/config-hub.ts";
import type { Labels } from "../../src/core/labels.ts";
import type { OutboxRecord } from "../../src/store/outbox/outbox-record.ts";

export const simulatedMetric = "simulated_agent_value";

export interface SimulatedAgentOptions {
  readonly node: string;
  readonly series: number;
  readonly url: string;
  readonly pin: string;
  readonly tokenFile: string;
  /** Records that were stored, and when they were made. */
  readonly onStored: (madeMs: readonly number[]) => void;
}

export interface SimulatedAgent {
  /** Makes one tick of all series. */
  tick(): void;
  /** Samples that were made. */
  readonly made: () => number;
  /** Samples that are not acknowledged. */
  readonly waiting: () => number;
  /** Why the last request failed; `null` after one that did not. */
  readonly failing: () => string | null;
  close(): void;
}

interface Waiting {
  readonly record: OutboxRecord;
  readonly madeMs: number;
}

export function createSimulatedAgent({ node, series, url, pin, tokenFile, onStored }: SimulatedAgentOptions): SimulatedAgent {
  const ending = new AbortController();
  const destination = createHubDestination({
    hub: { ...hubSchema.parse({ token_file: tokenFile, pin }), url },
    node: { id: node, type: "validator", labels: { site: `rack-${node.length}` }, version: "0.0.0", samplingIntervalMs: 1000 },
    outbox: `outbox of ${node}`,
    queue: () => ({ buffer: { bytes: 8 * count(), maxBytes: 1e9, oldestMs: null }, droppedSamples: 0, gap: null }),
    clock: systemClock,
  });
  const refs = Uint32Array.from({ length: series }, (_, ref) => ref);
  let queue: Waiting[] = [];
  let seq = 0;
  let failing: string | null = null;
  let sending = false;

  const count = (): number => queue.length * series;
  const labelsOf = (ref: number): Labels => ({
    __name__: simulatedMetric,
    device: `device-${ref % 40}`,
    direction: ref % 2 === 0 ? "receive" : "transmit",
    node,
    slot: String(ref),
  });

  /** One at a time, as the send loop does: what comes meanwhile goes together. */
  const send = async (): Promise<void> => {
    if (sending) return;
    sending = true;
    while (queue.length > 0 && !ending.signal.aborted) {
      const batch = queue.slice(0, Math.max(1, Math.floor(destination.maxSamples / series)));
      const outcome = await destination.send(
        batch.map(({ record }) => record),
        labelsOf,
        ending.signal,
      );
      if (outcome.kind === "retry") {
        failing = outcome.message;
        await sleep(outcome.afterMs, undefined, { signal: ending.signal }).catch(() => undefined);
        continue;
      }
      failing = outcome.kind === "refused" ? outcome.message : null;
      queue = queue.slice(batch.length);
      onStored(batch.map(({ madeMs }) => madeMs));
    }
    sending = false;
  };

  return {
    tick() {
      seq++;
      const values = Float64Array.from(refs, (ref) => valueOf(ref, seq));
      const samples = { count: series, refs, timesMs: new Float64Array(series).fill(systemClock.nowMs()), values };
      queue.push({ record: { seq, samples }, madeMs: performance.now() });
      void send();
    },
    made: () => seq * series,
    waiting: count,
    failing: () => failing,
    close() {
      ending.abort();
      destination.close();
    },
  };
}

/** As on a machine: half of the series stay as they are, a third counts, the others move with two decimals. */
function valueOf(ref: number, tick: number): number {
  const kind = ref % 6;
  if (kind < 3) return ref;
  return kind < 5 ? ref * 1000 + tick * (1 + (ref % 97)) : Math.round(100 * (50 + 40 * Math.sin(ref + tick / 7))) / 100;
}
