/**
 * One litecoind on a chain of its own (regtest), where blocks are made on demand and nobody is met by chance. The demo runs them, and the tests
 * that hold the product against real nodes of the Bitcoin Core family.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startProgram } from "../../io/child-program.ts";
import { freePort } from "../../io/free-port.ts";
import { type JsonRpc, openJsonRpc } from "../../io/json-rpc.ts";
import { awaitAnswer } from "./await-answer.ts";
import { type DemoNode, patienceMs } from "./demo-node.ts";

export interface LitecoinNode extends DemoNode {
  /** Where it answers, and where it writes what it asks for before it does. */
  readonly rpcUrl: string;
  readonly cookieFile: string;
  /** As the node itself; its user closes it. */
  readonly rpc: JsonRpc;
  /** `host:port` for other nodes. */
  readonly p2pAddress: string;
  readonly ports: LitecoinPorts;
}

export interface LitecoinPorts {
  readonly rpc: number;
  readonly p2p: number;
}

export interface LitecoinOptions {
  /** Of the program. */
  readonly program: string;
  readonly name: string;
  /** Its data and its log go below it. What is there already, it goes on with. */
  readonly directory: string;
  /** Default: free ones. */
  readonly ports?: LitecoinPorts | undefined;
  /** Beyond those that keep it alone. */
  readonly args?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Alone: no seeds, no discovery; and fees without a history to estimate them from. Bitcoin Core replaces a transaction by one that pays more
 * unless told otherwise, Litecoin Core only where it is told.
 */
const alone = [
  "-regtest",
  "-server",
  "-printtoconsole=0",
  "-dnsseed=0",
  "-discover=0",
  "-listenonion=0",
  "-fallbackfee=0.001",
  "-mempoolreplacement=1",
];

/** A wallet is made with several synchronous writes, which a busy disk makes slow. */
const requestTimeoutMs = 60_000;

/** Resolves once it answers. Error: `DEMO_FAILED`; it has been ended then. */
export async function startLitecoin(options: LitecoinOptions): Promise<LitecoinNode> {
  const { program, name, directory, args = [], signal } = options;
  const ports = options.ports ?? { rpc: await freePort(), p2p: await freePort() };
  const dataDir = join(directory, name);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const rpcUrl = `http://127.0.0.1:${ports.rpc}`;
  const p2pAddress = `127.0.0.1:${ports.p2p}`;
  const cookieFile = join(dataDir, "regtest", ".cookie");
  const logFile = join(directory, `${name}.log`);
  const own = [`-datadir=${dataDir}`, `-rpcport=${ports.rpc}`, `-port=${ports.p2p}`, `-bind=${p2pAddress}`];
  const node: DemoNode = {
    client: { name, kind: "litecoind", rpc_url: rpcUrl, cookie_file: cookieFile },
    program: await startProgram({ program, args: [...alone, ...own, ...args], logFile }),
    logFile,
  };
  const rpc = openJsonRpc({ url: new URL(rpcUrl), timeoutMs: requestTimeoutMs, cookieFile });
  try {
    await awaitAnswer(rpc, "getblockcount", node, signal);
  } catch (error) {
    rpc.close();
    await node.program.end(patienceMs);
    throw error;
  }
  return { ...node, rpcUrl, cookieFile, rpc, p2pAddress, ports };
}
