/** The chain's charts, in the order of their page. */
import type { PanelSection } from "../../core/panel.ts";
import { blockPanels } from "./panels/blocks.ts";
import { consensusPanels } from "./panels/consensus.ts";
import { contractPanels } from "./panels/contracts.ts";
import { databasePanels } from "./panels/database.ts";
import { mempoolPanels } from "./panels/mempool.ts";
import { peerPanels } from "./panels/peers.ts";
import { processingPanels } from "./panels/processing.ts";
import { rpcPanels } from "./panels/rpc.ts";
import { runtimePanels } from "./panels/runtime.ts";
import { syncPanels } from "./panels/sync.ts";

export const chainPanels: readonly PanelSection[] = [
  syncPanels,
  blockPanels,
  processingPanels,
  mempoolPanels,
  peerPanels,
  consensusPanels,
  contractPanels,
  databasePanels,
  runtimePanels,
  rpcPanels,
];
