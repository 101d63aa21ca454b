/**
 * A Substrate node for tests: a chain of blocks behind real HTTP. Its answers have the shapes of polkadot-sdk's RPC API, written from
 * documentation; its extrinsics are those that public sources show of real chains (the inherent of a Polkadot block; a signed one of version 4).
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

export interface FakeNode {
  readonly url: URL;
  /** Method → answer; an `Error` is an error object with its message. Changes hold at once. */
  readonly answers: Map<string, unknown>;
  /** A block on the one with the hash `parent`, which is the best from now on; its hash. */
  author(parent: string | null, options?: AuthorOptions): string;
  finalise(hash: string): void;
  close(): void;
}

export interface AuthorOptions {
  /** So many that are all the same. */
  readonly transactions?: number;
  /** What it holds beside its inherents and those. */
  readonly extrinsics?: readonly string[];
  readonly timeMs?: number | null;
}

interface FakeBlock {
  readonly header: { readonly parentHash: string; readonly number: string };
  readonly extrinsics: readonly string[];
}

const requestShape = z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()) });

/** A signed extrinsic as far as its preamble. */
const signed = "0x3d0284004d";
/** `parachainSystem`, `paraInherent` and others look like this: bare, and no time. */
const otherInherent = "0x1c040a00feb97e00";

export async function openFakeNode(): Promise<FakeNode> {
  const blocks = new Map<string, FakeBlock>();
  let best = "";
  let finalised = "";
  const answers = new Map<string, unknown>([
    ["system_name", "Parity Polkadot"],
    ["system_version", "1.20.2-46c7a5e"],
    ["system_chain", "Development"],
    ["system_health", { peers: 2, isSyncing: false, shouldHavePeers: true }],
    ["system_syncState", { startingBlock: 0, currentBlock: 0, highestBlock: 0 }],
    ["system_localListenAddresses", []],
    ["author_pendingExtrinsics", [signed, signed, signed]],
  ]);
  answers.set("system_peers", [
    { peerId: "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp", roles: "FULL", bestHash: "0x", bestNumber: 7 },
    { peerId: "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD", roles: "AUTHORITY", bestHash: "0x", bestNumber: 8 },
  ]);

  const answer = (method: string, [hash]: readonly unknown[]): unknown => {
    if (answers.has(method)) return answers.get(method);
    const block = blocks.get(String(hash)) ?? null;
    if (method === "chain_getBlockHash") return best;
    if (method === "chain_getFinalizedHead") return finalised;
    if (method === "chain_getBlock") return block === null ? null : { block, justifications: null };
    return method === "chain_getHeader" ? (block?.header ?? null) : new Error("Method not found");
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { id, method, params } = requestShape.parse(JSON.parse(Buffer.concat(chunks).toString()));
      const result = answer(method, params);
      const error = result instanceof Error ? { error: { code: -32_601, message: result.message } } : { result };
      response.end(JSON.stringify({ jsonrpc: "2.0", id, ...error }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;

  return {
    url: new URL(`http://127.0.0.1:${port}`),
    answers,
    author(parent, { transactions = 0, extrinsics: own = [], timeMs = 1_700_000_000_000 + blocks.size * 6000 } = {}) {
      const hash = `0x${(blocks.size + 1).toString(16).padStart(8, "0")}${"ab".repeat(28)}`;
      const number = parent === null ? 1 : Number(blocks.get(parent)?.header.number) + 1;
      const time = timeMs === null ? [] : [setTime(timeMs)];
      const extrinsics = [otherInherent, ...time, ...Array.from({ length: transactions }, () => signed), ...own];
      const parentHash = parent ?? `0x${"0".repeat(64)}`;
      blocks.set(hash, { header: { parentHash, number: `0x${number.toString(16)}` }, extrinsics });
      best = hash;
      finalised ||= hash;
      return hash;
    },
    finalise: (hash) => void (finalised = hash),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** `timestamp.set` of Polkadot: pallet 3. */
export function setTime(timeMs: number): string {
  const now = Buffer.alloc(6);
  now.writeUIntLE(timeMs, 0, 6);
  return `0x280403000b${now.toString("hex")}`;
}
