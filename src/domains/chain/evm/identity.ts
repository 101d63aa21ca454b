/** What the client says it is, and on which chain it is. */
import { z } from "zod";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { headerShape, quantity } from "./shapes.ts";

/** The hash of block 0, by which two chains with the same id differ; `null` where the client does not keep it. */
export async function identify(context: ClientContext, ask: Ask): Promise<string | null> {
  const version = await ask.rpc("web3_clientVersion", [], z.string().max(256));
  const chainId = await ask.rpc("eth_chainId", [], quantity);
  context.identified({ version, network: String(chainId) });
  const genesis = await ask.rpc("eth_getBlockByNumber", ["0x0", false], headerShape);
  return genesis?.hash ?? null;
}
