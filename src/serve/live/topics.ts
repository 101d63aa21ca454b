/** What a live stream carries beside the values of its queries: checks, annotations, the process table, the state of collection. */
import type { Annotation } from "../../core/annotation.ts";
import type { CheckResult } from "../../core/check.ts";
import { readChecks } from "../fleet/node-health.ts";
import type { Client, HubServices, Subscription } from "./client.ts";

/** Sends each client the topics it subscribed to. */
export interface Topics {
  /** Begins to; what comes of it is sent when it is there. */
  publish(clients: readonly Client[], timeMs: number): void;
  announce(clients: readonly Client[], annotation: Annotation): void;
  /** The client has a new subscription: it gets the state of its topics anew. */
  forget(client: Client): void;
}

/** Annotations are looked for this far back at each tick: a restart is noted a little before the tick that shows it. */
const lookBackMs = 60_000;

/** Rows of the process table on a live page. */
const processRows = 50;

/** What a client was told last, by topic; a weak map, so that a closed stream leaves nothing behind. */
interface Told {
  checks: string;
  status: string;
}

/** A client with what it asked for when the answer was begun: by the end it may ask for another node's. */
interface Watcher {
  readonly client: Client;
  readonly subscription: Subscription;
}

function watchersOf(clients: readonly Client[]): readonly Watcher[] {
  return clients.map((client) => ({ client, subscription: client.subscription }));
}

function stillWatches({ client, subscription }: Watcher): boolean {
  return client.subscription === subscription;
}

/** What a page shows of a check. When it was judged and the exact value change at each judgement, and are no news by themselves. */
function shownOf({ id, title, status, sinceMs, message, action, reason }: CheckResult): readonly unknown[] {
  return [id, title, status, sinceMs, message, action, reason];
}

/** Begins now: the page asks for earlier annotations itself. */
export function createTopics({ services, ticks, readProcesses }: HubServices): Topics {
  const told = new WeakMap<Client, Told>();
  const announced = new Set<string>();
  let announcedFromMs = services.clock.nowMs();
  /** What is being read, and why what could not be read at the last tick could not. */
  const busy = new Set<string>();
  const failing = new Map<string, string>();

  const toldTo = (client: Client): Told => {
    const known = told.get(client) ?? { checks: "", status: "" };
    told.set(client, known);
    return known;
  };
  const subscribers = (clients: readonly Client[], topic: "checks" | "annotations" | "processes"): readonly Client[] =>
    clients.filter(({ subscription }) => subscription.topics.includes(topic));

  const announce = (clients: readonly Client[], annotation: Annotation): void => {
    const key = JSON.stringify([annotation.timestampMs, annotation.kind, annotation.title]);
    if (announced.has(key)) return;
    announced.add(key);
    for (const { stream } of subscribers(clients, "annotations")) stream.send("annotation", annotation);
  };

  const publishChecks = async (node: string, watching: readonly Watcher[]): Promise<void> => {
    const checks = await readChecks(services, node);
    const state = JSON.stringify([node, checks.map(shownOf)]);
    for (const { client } of watching.filter(stillWatches)) {
      const known = toldTo(client);
      // An empty list does not say by itself whose it is.
      if (known.checks !== state) client.stream.send("checks", { node, checks });
      known.checks = state;
    }
  };

  const publishAnnotations = async (clients: readonly Client[], timeMs: number): Promise<void> => {
    if (clients.length === 0) return;
    const found = await services.query.annotations(Math.max(announcedFromMs, timeMs - lookBackMs), timeMs);
    for (const annotation of found) announce(clients, annotation);
    // Forgets the keys once in a while; what is older than the look-back is not found again.
    if (announced.size > 1000) {
      announced.clear();
      announcedFromMs = timeMs;
    }
  };

  /** To watchers of the same node and column. */
  const publishProcesses = async (watching: readonly Watcher[]): Promise<void> => {
    const [first] = watching;
    if (first === undefined) return;
    const { node, processSort: sort } = first.subscription;
    const page = await readProcesses({ node, sort, limit: processRows, offset: 0 });
    for (const { client } of watching.filter(stillWatches)) client.stream.send("processes", page);
  };

  const publishStatus = async (clients: readonly Client[]): Promise<void> => {
    const { collecting, absences } = await ticks.collectStatus();
    const status = { collecting, absences: absences.length };
    const state = JSON.stringify(status);
    for (const client of clients) {
      const known = toldTo(client);
      if (known.status !== state) client.stream.send("status", status);
      known.status = state;
    }
  };

  // Each on its own: a stopped analyse thread must not stop the process table, nor a far node that is slow to answer all others' checks.
  // What is still being read is not begun again: the next tick sees to it.
  const begin = (what: string, read: () => Promise<void>): void => {
    if (busy.has(what)) return;
    busy.add(what);
    void read()
      .then(
        () => void failing.delete(what),
        (error: unknown) => {
          // Once for each new state: the next tick will most likely say the same.
          if (failing.get(what) !== String(error))
            services.logger.warn("live topics could not be read", { topic: what, error });
          failing.set(what, String(error));
        },
      )
      .finally(() => busy.delete(what));
  };

  return {
    publish(clients, timeMs) {
      begin("status", () => publishStatus(clients));
      begin("annotations", () => publishAnnotations(subscribers(clients, "annotations"), timeMs));
      const ofChecks = Map.groupBy(watchersOf(subscribers(clients, "checks")), ({ subscription }) => subscription.node);
      for (const [node, watching] of ofChecks) begin(`checks of ${node}`, () => publishChecks(node, watching));
      const ofProcesses = Map.groupBy(
        watchersOf(subscribers(clients, "processes")),
        ({ subscription: { node, processSort } }) => `processes of ${node} by ${processSort ?? "default"}`,
      );
      for (const [what, watching] of ofProcesses) begin(what, () => publishProcesses(watching));
    },
    announce,
    forget: (client) => void told.delete(client),
  };
}
