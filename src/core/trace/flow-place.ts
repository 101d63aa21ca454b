/** Where a transaction or block was seen: a client on a node. A node may run several, and all of its have one clock. */

export interface Place {
  readonly node: string;
  /** The client's name on its node. */
  readonly client: string;
}

/** Distinct for distinct places. */
export function placeKey({ node, client }: Place): string {
  return JSON.stringify([node, client]);
}

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
