/** What a list of many nodes shows of each node's chain. */
import type { ViewField } from "../../core/view.ts";
import { connectedPeers } from "./expressions/peers.ts";
import { dutySuccess } from "./expressions/consensus.ts";
import { clientFigures } from "./views/clients.ts";
import { percent } from "./views/units.ts";

export const chainFleet: readonly ViewField[] = [
  {
    ...clientFigures.lag,
    help: "Blocks between the head and the network's, of the client that is furthest behind.",
    reduce: "max",
  },
  { ...clientFigures.age, help: "Age of the oldest head.", reduce: "max" },
  { name: "chainPeers", help: "Peers of the client that has fewest.", unit: "{peer}", expr: connectedPeers, reduce: "min" },
  {
    name: "attestationPercent",
    help: "Own attestations of the last hour that were included, of the worst group.",
    expr: dutySuccess("attestation", "1h"),
    reduce: "min",
    ...percent,
  },
];
