/**
 * The demo's EVM chain: one anvil with a block every two seconds. Its accounts are its own and unlocked: it signs what is sent from them, so
 * that there is no key here.
 */
import { join } from "node:path";
import { z } from "zod";
import { startProgram } from "../../io/child-program.ts";
import { freePort } from "../../io/free-port.ts";
import { openJsonRpc } from "../../io/json-rpc.ts";
import { passes } from "./arrivals.ts";
import { awaitAnswer } from "./await-answer.ts";
import type { ChainOptions, DemoChain, DemoNode, Fault } from "./demo-node.ts";
import { createEvmLoad } from "./evm-load.ts";

const blockSeconds = 2;
/** A burst fills such a block several times over: the mempool and the base fee are seen to rise and fall. */
const gasLimit = 8_000_000;
/** Blocks whose transactions anvil keeps: half an hour. Without a bound its memory grows as long as the demo runs. */
const blocksKept = 900;
/**
 * Transactions are taken as they came. By fees, its default, anvil 1.7.1 loses some that it has acknowledged: three in ten of this load's at a calm rate,
 * most of a burst. As they came, it loses none.
 */
const order = "fifo";
const pauseMs = 20_000;
const reorgDepth = 2;
const requestTimeoutMs = 5000;

/** Resolves once its contracts are there. Error: `DEMO_FAILED`. */
export async function startEvmChain(program: string, { directory, random, signal }: ChainOptions): Promise<DemoChain> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(directory, "anvil.log");
  const args = ["--host", "127.0.0.1", "--port", port, "--block-time", blockSeconds, "--gas-limit", gasLimit, "--quiet"];
  const bounds = ["--transaction-block-keeper", blocksKept, "--order", order];
  const node: DemoNode = {
    client: { name: "anvil", kind: "anvil", rpc_url: url, ws_url: `ws://127.0.0.1:${port}` },
    program: await startProgram({ program, args: [...args, ...bounds].map(String), logFile }),
    logFile,
  };
  const rpc = openJsonRpc({ url: new URL(url), timeoutMs: requestTimeoutMs });
  try {
    const accounts = z.array(z.string()).parse(await awaitAnswer(rpc, "eth_accounts", node, signal));
    const load = await createEvmLoad({ rpc, accounts, random, signal });
    const faults: readonly Fault[] = [
      { title: "ten times as many transactions for 10 s", run: async () => load.burst() },
      {
        title: `anvil is paused for ${pauseMs / 1000} s: it keeps its connections and answers nothing`,
        async run(until) {
          node.program.signal("SIGSTOP");
          await passes(pauseMs, until);
          node.program.signal("SIGCONT");
        },
      },
      {
        title: `anvil takes its last ${reorgDepth} blocks back, and makes others`,
        run: async () => void (await rpc.call("anvil_reorg", [reorgDepth, []])),
      },
    ];
    return { nodes: [node], faults, load: load.run, close: () => rpc.close() };
  } catch (error) {
    rpc.close();
    await node.program.end(0);
    throw error;
  }
}
