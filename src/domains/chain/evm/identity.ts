/** What the client says it is, and on which chain it is. */
import { z } from "zod";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { headerShape, quantity } from "./shapes.ts";

export interface ChainIdentity {
  /** The chain's id, decimal. */
  readonly network: string;
  /** The hash of block 0, by which two chains with the same id differ; `null` where the client does not keep it. */
  readonly genesis: string | null;
}

export async function identify(context: ClientContext, ask: Ask): Promise<ChainIdentity> {
  const version = await ask.rpc("web3_clientVersion", [], z.string().max(256));
  const network = String(await ask.rpc("eth_chainId", [], quantity));
  context.identified({ version, network });
  const genesis = await ask.rpc("eth_getBlockByNumber", ["0x0", false], headerShape);
  return { network, genesis: genesis?.hash ?? null };
}
