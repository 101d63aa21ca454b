/** Real nodes of the Bitcoin Core family: Debian's litecoind, as the demo runs them, with what tests do to them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { type LitecoinNode, startLitecoin } from "../../../src/cli/demo/litecoin-node.ts";

export interface Litecoind extends AsyncDisposable {
  readonly rpcUrl: string;
  readonly cookieFile: string;
  /** `host:port` for other nodes. */
  readonly p2pAddress: string;
  /** The node's own word, by its RPC. */
  ask<S extends z.ZodType>(schema: S, method: string, ...params: readonly unknown[]): Promise<z.infer<S>>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** Ends the process at once, and starts it anew with the same data and ports. */
  restart(): Promise<void>;
}

/** Starts a node that has only itself, and waits until it answers. `args`: further ones of the program. */
export async function startLitecoind(args: readonly string[] = []): Promise<Litecoind> {
  const directory = mkdtempSync(join(tmpdir(), "litecoind-"));
  const { signal } = new AbortController();
  const start = (ports?: LitecoinNode["ports"]): Promise<LitecoinNode> =>
    startLitecoin({ program: "litecoind", name: "node", directory, ports, args, signal });
  const kill = async ({ program, rpc }: LitecoinNode): Promise<void> => {
    rpc.close();
    program.signal("SIGKILL");
    await program.end(0);
  };
  let node = await start();
  const { rpcUrl, cookieFile, p2pAddress, ports } = node;
  return {
    rpcUrl,
    cookieFile,
    p2pAddress,
    ask: async (schema, method, ...params) => schema.parse(await node.rpc.call(method, params)),
    signal: (name) => node.program.signal(name),
    async restart() {
      await kill(node);
      node = await start(ports);
    },
    async [Symbol.asyncDispose]() {
      await kill(node);
      rmSync(directory, { recursive: true });
    },
  };
}
