/** A live hub over stand-ins, for tests of what happens while an answer is on its way: each answer comes when the test says so. */
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import type { CheckResult } from "../../core/check.ts";
import type { Outcome } from "../views/tick-values.ts";
import type { HubServices, Subscription } from "./client.ts";
import { createLiveHub, type LiveHub } from "./hub.ts";
import type { LiveEvent } from "./live-client.test-support.ts";

/** A stream of the hub, read at its sending end. */
export interface HeardStream {
  readonly id: string;
  readonly events: readonly LiveEvent[];
  named(name: string): readonly LiveEvent["data"][];
  subscribe(subscription: Partial<Subscription>): void;
}

/** The hub and what it waits for. */
export interface HubLab {
  readonly hub: LiveHub;
  readonly warnings: readonly string[];
  open(mayRead?: () => boolean): HeardStream;
  /** A tick, and all that follows from it without a further answer. */
  tick(timeMs: number): Promise<void>;
  /** Expressions and checks of these nodes are answered only after `answer`. */
  hold(node: string): void;
  answer(node: string): Promise<void>;
  /** What the node's checks say from now on. */
  check(checks: readonly CheckResult[]): void;
  stopCollecting(): void;
}

/** Of every expression the value is the tick's time. */
export function openHubLab(): HubLab {
  const listeners = new Set<(timeMs: number) => void>();
  const held = new Map<string, PromiseWithResolvers<void>>();
  const warnings: string[] = [];
  let checks: readonly CheckResult[] = [];
  let collecting = true;
  const answered = async (node: string): Promise<void> => held.get(node)?.promise;
  const given = {
    services: {
      nodeId: "node-1",
      clock: { nowMs: () => 0 },
      config: () => ({ sampling_interval_ms: 1000 }),
      logger: { warn: (message: string) => warnings.push(message) },
      analyse: { checks: () => answered("node-1").then(() => checks), alerts: () => answered("node-2").then(() => []) },
      query: { annotations: () => Promise.resolve([]) },
    },
    ticks: {
      evaluate: async (exprs: readonly string[], timeMs: number, node: string): Promise<ReadonlyMap<string, Outcome>> => {
        await answered(node);
        return new Map(exprs.map((expr) => [expr, { type: "scalar", value: timeMs } as Outcome]));
      },
      collectStatus: () => Promise.resolve({ collecting, absences: [] }),
      onTick(listener: (timeMs: number) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    readProcesses: () => Promise.reject(new Error("no test asks for processes")),
  };
  // Only what the hub reads is there.
  const hub = createLiveHub(given as unknown as HubServices);
  return {
    hub,
    warnings,
    open(mayRead = () => true) {
      const events: LiveEvent[] = [];
      hub.open(new HeardResponse(events) as unknown as ServerResponse, mayRead);
      const id = String(events[0]?.data["streamId"]);
      return {
        id,
        events,
        named: (name) => events.filter(({ event }) => event === name).map(({ data }) => data),
        subscribe: (subscription) =>
          hub.subscribe(id, { node: "node-1", queries: [], topics: [], processSort: undefined, ...subscription }),
      };
    },
    async tick(timeMs) {
      for (const listener of listeners) listener(timeMs);
      await setImmediate();
    },
    hold: (node) => void held.set(node, Promise.withResolvers<void>()),
    async answer(node) {
      held.get(node)?.resolve();
      held.delete(node);
      await setImmediate();
    },
    check: (given) => void (checks = given),
    stopCollecting: () => void (collecting = false),
  };
}

/** Only what a stream uses of a response. */
class HeardResponse extends EventEmitter {
  readonly writableLength = 0;
  writableEnded = false;
  readonly events: LiveEvent[];

  constructor(events: LiveEvent[]) {
    super();
    this.events = events;
  }

  writeHead(): this {
    return this;
  }

  write(text: string): void {
    if (this.writableEnded) throw new Error("write after end");
    const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)\n/.exec(text) ?? [];
    // What our server writes as data is always an object.
    this.events.push({ event, data: JSON.parse(data) as LiveEvent["data"] });
  }

  end(): void {
    this.writableEnded = true;
    this.emit("close");
  }
}
