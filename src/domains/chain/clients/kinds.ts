/** The one list of clients that are known, in the order in which an unknown one is compared with them: the particular before the general. */
import type { ClientKind } from "../client/client-kind.ts";
import { anvilKind } from "./anvil.ts";
import { beaconKind } from "./beacon.ts";
import { bitcoindKind, bitcoinKind, dogecoindKind, litecoindKind } from "./bitcoin.ts";
import { evmKind } from "./evm.ts";
import { gethKind } from "./geth.ts";
import { lodestarKind, lodestarValidatorKind } from "./lodestar.ts";
import { prometheusKind } from "./prometheus.ts";
import { rethKind } from "./reth.ts";
import { substrateKind } from "./substrate.ts";

export const clientKinds: readonly ClientKind[] = [
  anvilKind,
  gethKind,
  rethKind,
  evmKind,
  bitcoindKind,
  litecoindKind,
  dogecoindKind,
  bitcoinKind,
  lodestarKind,
  beaconKind,
  lodestarValidatorKind,
  substrateKind,
  // What fits nothing else, last.
  prometheusKind,
];
