/**
 * Ports at which a client may be found, of all kinds together. That something listens at one of them is why the observer is opened at all; it stands
 * apart from the kinds, because looking must not load them. A test holds it against `kinds.ts`.
 */
export const allUsualPorts: ReadonlySet<number> = new Set<number>([
  // Execution clients' JSON-RPC.
  8545,
  // Bitcoin Core, Litecoin Core, Dogecoin Core.
  8332, 18_332, 48_332, 38_332, 18_443, 9332, 19_332, 19_443, 22_555, 44_555,
  // The Beacon API of Lighthouse and Nimbus, Teku, Prysm, Lodestar; metrics of Lodestar's validator client.
  5052, 5051, 3500, 9596, 5064,
  // Substrate's JSON-RPC.
  9944, 9945, 9933,
]);
