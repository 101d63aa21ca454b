/**
 * Ports of this machine at which a client may be asked: those that are listened on at a loopback address, or at all addresses. The address to
 * ask at is always a loopback one, made here and nowhere else: discovery can talk to no other machine.
 */
import type { ListeningSocket } from "../../../io/listening-sockets.ts";

export interface LocalDoor {
  readonly port: number;
  /** `127.0.0.1`, `[::1]`: as URLs have it. */
  readonly host: string;
  /** Of the listening socket: another one is another program, or the same one started anew. */
  readonly inode: number;
}

/** By port; a port that is open at several addresses is asked at the first of them, IPv4 before IPv6. */
export function localDoors(sockets: readonly ListeningSocket[]): ReadonlyMap<number, LocalDoor> {
  const doors = new Map<number, LocalDoor>();
  for (const { address, port, inode } of sockets) {
    const host = loopbackFor(address);
    if (host !== null && !doors.has(port)) doors.set(port, { port, host, inode });
  }
  return doors;
}

/** `null` for addresses that others can reach and this machine's own programs need not. */
function loopbackFor(address: string): string | null {
  // As the URL parser writes mapped addresses: ::ffff:7f00:1. RFC 4291 §2.5.5.2.
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped !== null) return loopbackFor(dotted(Number.parseInt(`${mapped[1]}`, 16), Number.parseInt(`${mapped[2]}`, 16)));
  if (address === "0.0.0.0") return "127.0.0.1";
  if (/^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address)) return address;
  return address === "::" || address === "::1" ? "[::1]" : null;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
