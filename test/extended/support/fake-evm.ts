/** An EVM node over HTTP that answers as one does, until it is told to hang, to lie, to refuse, or to be gone. Its chain has a block each second. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { freePort } from "../../../bench/support/child.ts";

/** What it does instead of answering; what the name says, to every request. */
export type Misbehaviour = "hangs" | "limits" | "garbles" | "mixes ids up" | "floods" | "goes back" | "exaggerates" | "is gone";

export interface FakeEvm extends AsyncDisposable {
  readonly url: string;
  /** `null`: it behaves. */
  behave(as: Misbehaviour | null): Promise<void>;
  /** Requests since it began to behave so. */
  asked(): number;
}

const floodBytes = 200 * 1024 * 1024;
const floodChunk = Buffer.alloc(64 * 1024, 0x20);
const startSeconds = Math.floor(Date.now() / 1000) - 1000;
const hex = (value: number): string => `0x${value.toString(16)}`;
const hashOf = (number: number, branch: number): string =>
  `0x${branch.toString(16).padStart(2, "0")}${number.toString(16).padStart(62, "0")}`;
const request = z.object({ id: z.unknown(), method: z.string(), params: z.array(z.unknown()).optional() });

function blockOf(number: number, branch = 0): Readonly<Record<string, unknown>> {
  return {
    hash: hashOf(number, branch),
    parentHash: hashOf(number - 1, branch),
    number: hex(number),
    timestamp: hex(startSeconds + number),
    gasUsed: hex(21_000),
    gasLimit: hex(30_000_000),
    baseFeePerGas: hex(1e9),
    transactions: [],
  };
}

const headNumber = (): number => Math.floor(Date.now() / 1000) - startSeconds;

export async function startFakeEvm(): Promise<FakeEvm> {
  const port = await freePort();
  let misbehaviour: Misbehaviour | null = null;
  let asked = 0;
  let server: Server | null = null;

  const result = (method: string, params: readonly unknown[]): unknown => {
    // Each time another branch, and each shorter than the one before it.
    const back = misbehaviour === "goes back" ? asked : 0;
    switch (method) {
      case "web3_clientVersion":
        return "Fake/v1.0.0";
      case "eth_chainId":
        return "0x7a69";
      case "net_version":
        return "31337";
      case "eth_syncing":
        return false;
      case "eth_blockNumber":
        return hex(headNumber() - back);
      case "eth_getBlockByNumber":
      case "eth_getBlockByHash":
        if (misbehaviour === "exaggerates") return absurdBlock;
        return blockOf(
          /^0x.{64}$/.test(String(params[0])) ? Number(`0x${String(params[0]).slice(4)}`) : headNumber() - back,
          back % 200,
        );
      case "eth_getBlockReceipts":
        return [];
      case "eth_gasPrice":
        return misbehaviour === "exaggerates" ? `0x${"f".repeat(400)}` : hex(1e9);
      default:
        return undefined;
    }
  };
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { id, method, params = [] } = request.parse(JSON.parse(await text(incoming)));
    asked++;
    if (misbehaviour === "hangs") return;
    if (misbehaviour === "limits") return void response.writeHead(429, { "retry-after": "2" }).end("slow down");
    if (misbehaviour === "garbles") return void response.end('<html>{"jsonrpc":"2.0","id":1,"result":"0x1"');
    if (misbehaviour === "floods") return flood(response);
    const value = result(method, params);
    const told = misbehaviour === "mixes ids up" ? 1_000_000 + Number(id) : id;
    const rest = value === undefined ? { error: { code: -32_601, message: "no such method" } } : { result: value };
    response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id: told, ...rest }));
  };
  const listen = async (): Promise<void> => {
    server = createServer((incoming, response) => {
      // A client that gives up is what is wanted of it here.
      answer(incoming, response).catch(() => response.destroy());
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const close = async (): Promise<void> => {
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    server = null;
    await closed;
  };
  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    async behave(as) {
      misbehaviour = as;
      asked = 0;
      if (as === "is gone") await close();
      else {
        // What hangs from before must not be waited for.
        server?.closeAllConnections();
        if (server === null) await listen();
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

/** No number in it can be one. */
const absurdBlock = {
  ...blockOf(1),
  number: `0x${"f".repeat(64)}`,
  timestamp: `0x${"f".repeat(64)}`,
  gasUsed: `0x${"f".repeat(300)}`,
  gasLimit: "0x0",
  baseFeePerGas: "-0x1",
};

/** Spaces are JSON until something else comes: the whole body must be read to know that it is none. */
async function flood(response: ServerResponse): Promise<void> {
  function* body(): Generator<Buffer> {
    for (let sent = 0; sent < floodBytes; sent += floodChunk.length) yield floodChunk;
    yield Buffer.from("null");
  }
  response.setHeader("content-type", "application/json");
  await pipeline(Readable.from(body()), response);
}
