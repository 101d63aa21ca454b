/** What a client tells of one of its peers. Every family turns its answer into these; the peer table does the rest. `null`: it does not tell. */
import type { PeerDirection } from "./metrics.ts";

export interface PeerFacts {
  /** Tells this connection's peer from the others. Its first and last characters become the label `chain.peer`. */
  readonly id: string;
  /** `host:port` of the other end, IPv6 in brackets. */
  readonly address: string | null;
  /** `host:port` of this end: tells connections of several programs to one peer apart. */
  readonly localAddress?: string | null;
  /** The program as the peer names itself, e.g. `/Satoshi:25.0.0/`, `Geth/v1.16.4-stable/linux-amd64/go1.24`. */
  readonly client: string | null;
  readonly direction: PeerDirection;
  /** Round trip as the client measured it. */
  readonly pingSeconds: number | null;
  /** Number of the newest block that the peer has told of. */
  readonly head: number | null;
  readonly bytesSent: number | null;
  readonly bytesReceived: number | null;
  readonly connectedSeconds: number | null;
}

/** `/Satoshi:25.0.0(x)/` → `Satoshi`, `Geth/v1.16.4/linux` → `Geth`: versions would make one group of each. */
export function programOf(client: string | null): string {
  return /^[/\s]*([^/:\s]{1,32})/.exec(client ?? "")?.[1] ?? "unknown";
}
