/** Real nodes of the Bitcoin Core family: Debian's litecoind on chains of their own (regtest), where blocks are made on demand. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { z } from "zod";
import { endChild, freePort } from "../../../bench/support/child.ts";
import { AskFailure, openJsonRpc } from "../../../src/io/json-rpc.ts";

export interface Litecoind extends AsyncDisposable {
  readonly rpcUrl: string;
  readonly cookieFile: string;
  /** `host:port` for other nodes. */
  readonly p2pAddress: string;
  /** The node's own word, by its RPC. */
  ask<S extends z.ZodType>(schema: S, method: string, ...params: readonly unknown[]): Promise<z.infer<S>>;
  /** Ends the process at once, and starts it anew with the same data and ports. */
  restart(): Promise<void>;
}

/** A wallet is made with several synchronous writes, which a busy disk makes slow. */
const timeoutMs = 60_000;

/** Starts a node that has only itself, and waits until it answers. */
export async function startLitecoind(): Promise<Litecoind> {
  const directory = mkdtempSync(join(tmpdir(), "litecoind-"));
  const [rpcPort, p2pPort] = [await freePort(), await freePort()];
  const cookieFile = join(directory, "regtest", ".cookie");
  const args = [
    "-regtest",
    "-server",
    "-printtoconsole=0",
    "-dnsseed=0",
    "-discover=0",
    "-listenonion=0",
    "-fallbackfee=0.001",
    // Bitcoin Core replaces by fee by default, Litecoin Core does not.
    "-mempoolreplacement=1",
  ];
  const addresses = [`-datadir=${directory}`, `-rpcport=${rpcPort}`, `-port=${p2pPort}`, `-bind=127.0.0.1:${p2pPort}`];
  const rpcUrl = `http://127.0.0.1:${rpcPort}`;
  const start = (): ChildProcess => spawn("litecoind", [...args, ...addresses], { stdio: "ignore" });
  const rpc = openJsonRpc({ url: new URL(rpcUrl), timeoutMs, cookieFile });
  let child = start();

  const answers = async (): Promise<void> => {
    for (let attempt = 0; attempt < 300 && child.exitCode === null; attempt++) {
      const failure = await rpc.call("getblockcount").then(
        () => null,
        (error: unknown) => error,
      );
      if (failure === null) return;
      // Not there yet, no cookie yet, or warming up.
      if (failure instanceof AskFailure && failure.kind === "garbage") throw failure;
      await wait(100);
    }
    throw new Error("litecoind does not answer");
  };
  const end = async (): Promise<void> => {
    rpc.close();
    await endChild(child, "SIGKILL");
    rmSync(directory, { recursive: true });
  };
  try {
    await answers();
  } catch (error) {
    await end();
    throw error;
  }
  return {
    rpcUrl,
    cookieFile,
    p2pAddress: `127.0.0.1:${p2pPort}`,
    ask: async (schema, method, ...params) => schema.parse(await rpc.call(method, params)),
    async restart() {
      await endChild(child, "SIGKILL");
      child = start();
      await answers();
    },
    [Symbol.asyncDispose]: end,
  };
}
