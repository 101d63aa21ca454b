/**
 * Which TCP ports of this machine are listened on, from `/proc/net/tcp` and `tcp6`. The kernel lists listening sockets before all others, so that
 * reading ends with them: a machine with 50,000 connections costs no more than one with ten. `proc` may be that of another process
 * namespace: its `net` is this process's own, which is the network that it can reach.
 *
 *     sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
 *     0: 0100007F:2161 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41234 1 …
 *
 * Addresses are 32-bit words in the machine's byte order, which is little-endian where ChainPulse runs.
 * Source: kernel Documentation/networking/proc_net_tcp.rst; net/ipv4/tcp_ipv4.c (tcp_seek_last_pos: listening_hash first).
 */
import { open } from "node:fs/promises";
import { join } from "node:path";

export interface ListeningSocket {
  /** As URLs and people write it, without brackets: `127.0.0.1`, `::`. */
  readonly address: string;
  readonly port: number;
  /** Another one at the same address and port means that the program was started anew, or listens anew. */
  readonly inode: number;
}

/** Of one table: 1,700 listening sockets. */
const bytesMax = 262_144;
/** A page: as much as the kernel makes at once. */
const chunkBytes = 4096;
/** TCP_LISTEN of include/net/tcp_states.h, as these files print it. */
const listenState = "0A";

/**
 * Both tables together; without IPv6 there is one. Rejects with what the system says where they cannot be read. Not synchronous as other
 * reading of `/proc` is: to find that no more sockets listen the kernel walks its table of connections, 2–5 ms on a machine with few of them.
 */
export async function listeningSockets(procRoot: string): Promise<readonly ListeningSocket[]> {
  const v4 = await readListening(join(procRoot, "net", "tcp"));
  return [...v4, ...(await readListening(join(procRoot, "net", "tcp6")).catch(noneWithoutFile))];
}

function noneWithoutFile(error: unknown): readonly ListeningSocket[] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
}

async function readListening(path: string): Promise<readonly ListeningSocket[]> {
  await using file = await open(path, "r");
  const chunk = Buffer.alloc(chunkBytes);
  let text = "";
  for (;;) {
    const { bytesRead } = await file.read(chunk);
    text += chunk.toString("latin1", 0, bytesRead);
    const { sockets, isAll } = parseListening(text);
    if (isAll || bytesRead === 0 || text.length >= bytesMax) return sockets;
  }
}

/** Until the first line of a socket that does not listen: then these are all. What is no such line (the heading, one that is cut off) is left out. */
export function parseListening(text: string): { readonly sockets: readonly ListeningSocket[]; readonly isAll: boolean } {
  const sockets: ListeningSocket[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [, local = "", , state, , , , , , inode = "", reference] = line.trim().split(/\s+/);
    if (reference === undefined || !/^\d{1,15}$/.test(inode)) continue;
    if (state !== listenState) return { sockets, isAll: true };
    const [hex = "", port = ""] = local.split(":");
    const address = addressOf(hex);
    if (address === null || !/^[0-9A-F]{4}$/.test(port)) continue;
    sockets.push({ address, port: Number.parseInt(port, 16), inode: Number(inode) });
  }
  return { sockets, isAll: false };
}

function addressOf(hex: string): string | null {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return null;
  const bytes = Buffer.from(hex, "hex");
  bytes.swap32();
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(":");
  // The URL parser writes the shortest form (RFC 5952).
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}
