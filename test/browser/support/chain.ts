/** A dashboard beside a real EVM node that has something to do: transactions that a contract makes work of, some of which fail. */
import { setTimeout as wait } from "node:timers/promises";
import { type Anvil, loopContract, loopInput, startAnvil } from "../../support/anvil.ts";
import { openDashboard, type Dashboard } from "./dashboard.ts";

export interface ChainLab {
  readonly dashboard: Dashboard;
  /** Its client is called `node`, and said to be made for show. */
  readonly node: Anvil;
  /** Address of the contract that is called. */
  readonly contract: string;
  close(): Promise<void>;
}

const pauseMs = 250;
/** Gas that suffices for a call of so many slots, and that does not. */
const gas = { enough: "0x200000", tooLittle: "0x7530" } as const;

/** What has been started ends, too, when something of it does not start. */
export async function openChain(): Promise<ChainLab> {
  const node = await startAnvil(["--block-time", "1"]);
  try {
    const [from = ""] = node.accounts;
    const hash = await node.send({ from, data: loopContract, gas: "0x100000" });
    const client = { name: "node", kind: "anvil", rpc_url: node.url, ws_url: node.url.replace("http", "ws"), simulated: true };
    const chain = { discover: false, poll_interval_ms: 250, request_timeout_ms: 1000, clients: [client] };
    // JSON is YAML.
    const dashboard = await openDashboard({
      config: JSON.stringify({ performance_monitoring: { node: { id: "own" }, chain } }),
    });
    const contract = (await node.receipt(hash)).contractAddress ?? "";
    const ending = new AbortController();
    const load = keepCalling(node, contract, ending.signal);
    const close = async (): Promise<void> => {
      ending.abort();
      await load;
      await dashboard.close();
      await node.kill();
    };
    return { dashboard, node, contract, close };
  } catch (error) {
    await node.kill();
    throw error;
  }
}

async function keepCalling(node: Anvil, to: string, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    const from = node.accounts[turn % node.accounts.length] ?? "";
    const call = { from, to, data: loopInput((turn * 7) % 23), gas: turn % 9 === 8 ? gas.tooLittle : gas.enough };
    // While the node is away it takes none: the next one is as good.
    await node.send(call).catch(() => undefined);
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
