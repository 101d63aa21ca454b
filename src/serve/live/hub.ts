/**
 * Live values to all open pages: at each tick the distinct expressions of all streams are evaluated once, and each stream gets
 * the values of its own. Nothing is evaluated while nobody looks.
 */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Annotation } from "../../core/annotation.ts";
import { ChainPulseError } from "../../core/errors.ts";
import { type Labels, labelsKey } from "../../core/labels.ts";
import { isFailure, type Outcome } from "../views/tick-values.ts";
import type { Client, HubServices, Subscription } from "./client.ts";
import { latestOnly } from "./latest-only.ts";
import { openEventStream } from "./stream.ts";
import { createTopics, type Topics } from "./topics.ts";

/** All open streams of one server. */
export interface LiveHub {
  /** Errors: `TOO_MANY_REQUESTS` beyond the number of streams. */
  open(response: ServerResponse, mayRead: () => boolean): void;
  /** Replaces a stream's subscription. Errors: `NOT_FOUND`. */
  subscribe(streamId: string, subscription: Subscription): void;
  /** Sends an annotation now, without waiting for a tick to find it. */
  announce(annotation: Annotation): void;
  close(): void;
}

/** Browsers open one per tab; more than this is a leak or an attack. */
const streamsMax = 64;

/** Series per query that are sent each second; the page shows 8 and "N others". */
const seriesPerQueryMax = 500;

/** Listens to the ticks until it is closed. */
export function createLiveHub(given: HubServices): LiveHub {
  const { services, ticks } = given;
  const clients = new Map<string, Client>();
  const topics: Topics = createTopics(given);

  // A call for each stream, so that one which asks for too much, or of a node that is slow to answer, takes nothing from the others.
  // What several ask for is evaluated once all the same: the first has it evaluated, the others wait for the same outcome.
  const sendValues = async (client: Client, timeMs: number): Promise<void> => {
    const { subscription } = client;
    try {
      const exprs = new Set(subscription.queries.map(({ expr }) => expr));
      const outcomes = await ticks.evaluate([...exprs], timeMs, subscription.node);
      client.failing = "";
      // One that was replaced meanwhile may give the same names to another node's values: the new one's come with the next tick.
      if (client.subscription === subscription) sendTick(client, timeMs, outcomes);
    } catch (error) {
      const text = String(error);
      // Once for each new state: the next tick, and the other streams, will most likely say the same.
      const known = [...clients.values()].some(({ failing }) => failing === text);
      if (!known) services.logger.warn("live values could not be read", { tick: timeMs, error });
      client.failing = text;
    }
  };

  const offTick = ticks.onTick((timeMs) => {
    for (const [id, client] of clients) {
      if (client.mayRead()) {
        client.work(timeMs);
        continue;
      }
      clients.delete(id);
      client.stream.end();
    }
    if (clients.size > 0) topics.publish([...clients.values()], timeMs);
  });

  return {
    open(response, mayRead) {
      if (clients.size >= streamsMax) {
        throw new ChainPulseError("TOO_MANY_REQUESTS", `${streamsMax} live streams are open already`, {
          fix: "Close some tabs.",
        });
      }
      const id = randomUUID();
      const stream = openEventStream(id, response, () => clients.delete(id));
      const client: Client = {
        stream,
        mayRead,
        work: latestOnly((timeMs: number) => sendValues(client, timeMs)),
        subscription: { node: services.nodeId, queries: [], topics: [], processSort: undefined },
        shapes: new Map(),
        resyncs: 0,
        failing: "",
      };
      clients.set(id, client);
      stream.send("hello", {
        streamId: id,
        serverTimeMs: services.clock.nowMs(),
        node: services.nodeId,
        samplingIntervalMs: services.config().sampling_interval_ms,
      });
    },
    subscribe(streamId, subscription) {
      const client = clients.get(streamId);
      if (client === undefined)
        throw new ChainPulseError("NOT_FOUND", "no live stream has this id", { fix: "Open a new one." });
      client.subscription = subscription;
      client.shapes = new Map();
      topics.forget(client);
    },
    announce: (annotation) => topics.announce([...clients.values()], annotation),
    close() {
      offTick();
      for (const { stream } of clients.values()) stream.end();
    },
  };
}

function sendTick(client: Client, timeMs: number, outcomes: ReadonlyMap<string, Outcome>): void {
  const { stream, subscription } = client;
  if (client.resyncs !== stream.resyncs) {
    client.resyncs = stream.resyncs;
    client.shapes.clear();
  }
  if (subscription.queries.length === 0) return;
  const values: Record<string, readonly (number | null)[]> = {};
  for (const { id, expr } of subscription.queries) {
    const outcome = outcomes.get(expr);
    if (outcome === undefined) continue;
    const elements = elementsOf(outcome);
    const shape = elements.map(({ labels }) => labelsKey(labels)).join("\n");
    if (client.shapes.get(id) !== shape) {
      client.shapes.set(id, shape);
      stream.send("shape", { id, labels: elements.map(({ labels }) => labels) });
    }
    values[id] = elements.map(({ value }) => (Number.isFinite(value) ? value : null));
  }
  stream.send("tick", { t: timeMs, q: values });
}

interface Element {
  readonly labels: Labels;
  readonly value: number;
}

/** What a failed query or another type has is nothing to draw; `POST …/series` tells the page why. */
function elementsOf(outcome: Outcome): readonly Element[] {
  if (isFailure(outcome)) return [];
  if (outcome.type === "scalar") return [{ labels: {}, value: outcome.value }];
  return outcome.type === "vector" ? outcome.samples.slice(0, seriesPerQueryMax) : [];
}
