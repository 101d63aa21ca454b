/** anvil, Foundry's node for development: a chain of its own without peers, which mines by itself. */
import type { ClientKind, ItemSource } from "../client/client-kind.ts";
import { watchEvm } from "../evm/watch-evm.ts";
import { clientMetrics } from "../client/metrics.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { evmCoverage } from "./evm.ts";

const none = (why: string): readonly [ItemSource] => [{ from: "none", why }];
const alone = none("It has no peers.");
const mines = none("It mines by itself: there is no consensus.");

export const anvilKind: ClientKind = {
  id: "anvil",
  title: "anvil",
  layer: "execution",
  ports: { rpc: [8545], metrics: [], ws: "rpc" },
  recognises: (version) => version.startsWith("anvil/"),
  evidence: { kind: "live", of: "anvil 1.7.1, in the tests" },
  coverage: {
    ...evmCoverage,
    peers: alone,
    peerLatency: alone,
    peerChurn: alone,
    duties: mines,
    participation: mines,
    engine: mines,
  },
  watch: (context) => watchEvm(context, { except: [...Object.values(peerMetrics), clientMetrics.reachable] }),
};
