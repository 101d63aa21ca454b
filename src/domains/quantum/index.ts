/** Quantum and post-quantum work on this node. The view is fixed, its readers come with the quantum work. */
import type { Domain } from "../../core/domain.ts";
import { notBuiltYet } from "../../core/not-built.ts";

export const quantum: Domain = {
  id: "quantum",
  title: "Quantum",
  metrics: {},
  collectors: [],
  views: [
    {
      name: "quantumMetrics",
      help: "Quantum and post-quantum work on this node.",
      fields: notBuiltYet([
        { name: "qrngThroughput", help: "Output of the quantum random number generator.", unit: "bit/s" },
        { name: "postQuantumOverhead", help: "Time with post-quantum crypto over time without; 1 means none.", unit: "1" },
        { name: "merkleTreeOperationsPerSecond", help: "Merkle tree operations per second.", unit: "1/s" },
      ]),
    },
  ],
  panels: [],
  checks: [],
  alerts: [],
};
