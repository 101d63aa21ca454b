/** Where a transaction or block was seen: a client on a node. A node may run several, and all of its have one clock. */
import { observedScope } from "../observed-span.ts";
import type { TelemetrySource } from "../span.ts";
import { nodesOf, serviceOf } from "../telemetry-source.ts";

export interface Place {
  readonly node: string;
  /** The client's name on its node. */
  readonly client: string;
}

/** Distinct for distinct places. */
export function placeKey(place: Place): string {
  const known = keys.get(place);
  if (known !== undefined) return known;
  const key = JSON.stringify([place.node, place.client]);
  keys.set(place, key);
  return key;
}

/** Thousands of flows have the same few places; making a key anew each time was a tenth of analysing them. */
const keys = new WeakMap<Place, string>();

/** Whose the spans of a source are, where ChainPulse has observed them; else `null`. The same place for the same source. */
export function observedPlace(source: TelemetrySource): Place | null {
  const known = places.get(source);
  if (known !== undefined) return known;
  const [node] = nodesOf(source.resource);
  const isObserved = source.scopeName === observedScope && node !== undefined;
  const place = isObserved ? { node, client: serviceOf(source.resource) } : null;
  places.set(source, place);
  return place;
}

const places = new WeakMap<TelemetrySource, Place | null>();

/** What to call a place: its node, and the client where several of the node's are among the places. */
export function placeNames(places: Iterable<Place>): (place: Place) => string {
  const clients = new Map<string, Set<string>>();
  for (const { node, client } of places) {
    const known = clients.get(node);
    if (known === undefined) clients.set(node, new Set([client]));
    else known.add(client);
  }
  return ({ node, client }) => ((clients.get(node)?.size ?? 0) > 1 ? `${node}/${client}` : node);
}
