/** The chain's health checks. A machine without a client has nothing that they could judge, and hears nothing of them. */
import type { CheckDeclaration } from "../../core/check.ts";
import { clientChecks } from "./checks/client.ts";
import { consensusChecks } from "./checks/consensus.ts";
import { machineChecks } from "./checks/machine.ts";
import { mempoolChecks } from "./checks/mempool.ts";
import { peerChecks } from "./checks/peers.ts";
import { syncChecks } from "./checks/sync.ts";

export const chainChecks: readonly CheckDeclaration[] = [
  ...clientChecks,
  ...syncChecks,
  ...peerChecks,
  ...mempoolChecks,
  ...consensusChecks,
  ...machineChecks,
];
