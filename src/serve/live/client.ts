/** What the parts of the live hub share: a client, what it asked for, and what the hub works with. */
import type { ProcessPage, ProcessQuery } from "../views/process-page.ts";
import type { Services } from "../services.ts";
import type { TickValues } from "../views/tick-values.ts";
import type { EventStream } from "./stream.ts";

export const topicNames = ["checks", "annotations", "processes"] as const;

/** What a stream can carry beside values. */
export type TopicName = (typeof topicNames)[number];

/** What a client asked its stream to carry. */
export interface Subscription {
  /** Whose values and processes. */
  readonly node: string;
  readonly queries: readonly { readonly id: string; readonly expr: string }[];
  readonly topics: readonly TopicName[];
  /** Column of the process table, largest first. */
  readonly processSort: string | undefined;
}

/** An open stream and what has been sent on it. */
export interface Client {
  readonly stream: EventStream;
  /** Asked at each tick: a stream must not outlive the right to it. */
  readonly mayRead: () => boolean;
  /** Has the values of a tick evaluated and sent; a tick that comes before that is done waits, and only the newest does. */
  readonly work: (timeMs: number) => void;
  subscription: Subscription;
  /** Query id → the label sets last sent as its `shape`. */
  shapes: Map<string, string>;
  resyncs: number;
  /** Why its values could not be read at the last tick; empty when they could. */
  failing: string;
}

/** What the hub works with. */
export interface HubServices {
  readonly services: Services;
  readonly ticks: TickValues;
  readonly readProcesses: (query: ProcessQuery) => Promise<ProcessPage>;
}
