/**
 * What a blockchain client is to ChainPulse: data (where it listens, which item of the vocabulary comes from where) and one function that
 * begins to watch it. One file per client in `clients/`; the families (`evm/`, `bitcoin/`, `beacon/`, `substrate/`) do the work.
 */
import type { Absence } from "../../../core/absence.ts";
import type { Clock } from "../../../core/clock.ts";
import type { ChainSection } from "../../../core/config-chain.ts";
import type { Logger } from "../../../core/logger.ts";
import type { LabelValues, Metric } from "../../../core/metric.ts";
import type { EventValue } from "../../../core/node-event.ts";
import type { NodeType } from "../../../core/node-type.ts";
import type { HeldSeries, StoredWish } from "../../../core/observer.ts";
import type { ObservedSpan } from "../../../core/observed-span.ts";
import type { Span } from "../../../core/span.ts";
import type { HttpEndpoint } from "../../../io/http-client.ts";
import type { Sightings } from "../blocks/sightings.ts";
import type { perClient } from "../labels.ts";
import type { ItemId } from "../vocabulary.ts";

export type Layer = "execution" | "consensus" | "validator" | "utxo" | "substrate" | "other";

/** Where an item of the vocabulary comes from at one kind of client. */
export type ItemSource =
  | { readonly from: "metric"; readonly metrics: readonly string[] }
  | { readonly from: "rpc"; readonly methods: readonly string[] }
  | { readonly from: "none"; readonly why: string };

/** Every item has its answer: one that is forgotten does not compile. An item may come from several places. */
export type Coverage = Readonly<Record<ItemId, readonly [ItemSource, ...ItemSource[]]>>;

/**
 * What the mapping was tested on. `live`: a real program in the tests; `captured`: output of a real one, `of` says which; `documentation`:
 * written from public sources and not verified.
 */
export interface Evidence {
  readonly kind: "live" | "captured" | "documentation";
  /** Program, version, and where the capture or the text is from. */
  readonly of: string;
}

/** One client that is watched. */
export interface ClientTarget {
  /** Value of the label `chain.client`. */
  readonly name: string;
  readonly rpc: HttpEndpoint | null;
  readonly ws: URL | null;
  readonly metrics: HttpEndpoint | null;
  readonly role: NodeType;
  readonly p2pPort: number | null;
  readonly mappingFile: string | null;
  readonly simulated: boolean;
  /** Found at its usual port, not configured. */
  readonly isFound: boolean;
}

/** The labels of a client's metric that are its own: the client's name and `simulated` are added. */
export type OwnLabels<M> = Omit<LabelValues<M>, keyof typeof perClient>;

/** What watching one client needs. Everything that it holds ends with `signal`. */
export interface ClientContext {
  readonly target: ClientTarget;
  /** The node's id. */
  readonly node: string;
  readonly chain: ChainSection;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the client is not to be watched any more. */
  readonly signal: AbortSignal;
  /** Series whose metric has the labels of `perClient`. Those of a client are cleared by `clear`, and end with it. */
  series<M extends Metric>(metric: M, labels: OwnLabels<M>): HeldSeries;
  /**
   * Adds to a counter of ChainPulse's own, which keeps its sum as long as the client is known: over `clear`, and over a `watch` that begins
   * anew. Adding 0 makes the series be there.
   */
  count<M extends Metric>(metric: M, labels: OwnLabels<M>, by: number): void;
  /** The client has answered: `up` is 1, and its counters have values again. After a time without an answer this is an event. */
  answered(): void;
  /** The client does not answer: of its series only `up`, which is 0, and what asking it costs have a value now. `why` goes into the event. */
  clear(why?: Error): void;
  /** What the client says it is: its `info`. Another version than before is an event. */
  identified(identity: ClientIdentity): void;
  /** When the client's process began, ms since the epoch, where it tells. A later time than before (by more than 5 s) is a restart, and an event. */
  startedAt(timeMs: number): void;
  /** `what` of this client cannot be read: a method, a metric, a subscription. */
  absent(what: string, metrics: readonly Metric[], absence: Absence): void;
  present(what: string): void;
  /** An event about this client; its `simulated` is added to the fields. */
  emit(kind: string, key: string, timeMs: number, fields: Readonly<Record<string, EventValue>>): void;
  /** A span of this client's: its service is the client, and its attributes `chain.client` and `simulated` are added. */
  span(span: Omit<ObservedSpan, "service">): void;
  /** What earlier watches of this client have stored: as `ObserveContext.eachStored`, of its own service. */
  eachStored(wish: Omit<StoredWish, "service">, visit: (spans: readonly Span[]) => void): Promise<void>;
  /** What this node's clients see of the same chain, together. */
  readonly sightings: Sightings;
  /** A mark on the time axis: restarts, reorganisations, a client that went away. */
  annotate(title: string): void;
}

/** What is known of a client once it has answered: the labels of its `info` metric. */
export interface ClientIdentity {
  readonly version: string;
  /** Chain id, or the network's name. */
  readonly network: string;
}

/** Where a kind usually serves its metrics. */
export interface MetricsPort {
  readonly port: number;
  readonly path: string;
  /** A scrape takes from what others see who scrape it, too: nobody is scraped unasked where that is so. */
  readonly takesFromOthers?: true;
}

export interface ClientKind {
  /** Value of the label `chain.client.kind` and of `kind` in the configuration. */
  readonly id: string;
  readonly title: string;
  /** Programs and names without a kind of their own that are watched as this one: who writes one of them into `kind` is told. */
  readonly standsFor?: readonly string[];
  readonly layer: Layer;
  /** Usual ports on the machine itself. */
  readonly ports: {
    readonly rpc: readonly number[];
    readonly metrics: readonly MetricsPort[];
    /** Of its WebSocket; `rpc`: the RPC's own port takes it too. Left out: it has none, or none that is used. */
    readonly ws?: "rpc" | readonly number[];
  };
  /** Whether this text is how a client of this kind says its version (`Geth/v1.16.4-stable/linux-amd64/go1.24`). */
  recognises(version: string): boolean;
  /** Whether this is the text of such a client's own metrics. Needed where the kind is found by its metrics alone, or shares their port with others. */
  readonly recognisesMetrics?: (text: string) => boolean;
  /** Bitcoin Core family: where the client with this RPC port writes its `.cookie`, below a home directory; the likeliest first. */
  readonly cookiePaths?: (rpcPort: number) => readonly string[];
  readonly evidence: Evidence;
  /** What an operator of such a client must know; sentences for the page of clients. */
  readonly notes?: readonly string[];
  readonly coverage: Coverage;
  /**
   * Begins to watch: loops and subscriptions that end with `context.signal`. Resolves once all has ended. Never rejects for what the client does:
   * that is a failure it counts, an `up` of 0, an absence.
   */
  watch(context: ClientContext): Promise<void>;
}
