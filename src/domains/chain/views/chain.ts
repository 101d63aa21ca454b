/** What is shown of a node's blockchain clients: the worst or the busiest of them first, then each. */
import { select } from "../../../core/promql-text.ts";
import type { ViewField, ViewGroup } from "../../../core/view.ts";
import { clientMetrics } from "../client/metrics.ts";
import { consensusMetrics } from "../consensus/metrics.ts";
import { epochsSince, headBlock } from "../expressions/blocks.ts";
import { dutySuccess, participation } from "../expressions/consensus.ts";
import { clientList, clientFigures as f, phaseList } from "./clients.ts";
import { contractList, contractMethodList } from "./contracts.ts";
import { peerList } from "./peers.ts";
import { percent } from "./units.ts";
import { validatorGroupList, validatorList } from "./validators.ts";

const worst = (field: ViewField): ViewField => ({ ...field, reduce: "max" });
const least = (field: ViewField): ViewField => ({ ...field, reduce: "min" });

export const chainView: ViewGroup = {
  name: "chain",
  help: "The blockchain clients on this node. Where there are several, each figure is the worst, or the highest, of theirs.",
  fields: [
    { name: "headBlock", help: "Number of the newest block.", unit: "{block}", expr: headBlock, reduce: "max" },
    worst(f.lag),
    worst(f.transactions),
    { name: "clientsUp", help: "Clients that answer.", unit: "{client}", expr: `sum(${select(clientMetrics.up)})` },
    { name: "clientsWatched", help: "Clients that are watched.", unit: "{client}", expr: `count(${select(clientMetrics.up)})` },
    worst(f.age),
    worst(f.finality),
    {
      name: "finalityEpochs",
      help: "Epochs since the newest finalised one; 2 or 3 is as it should be.",
      unit: "{epoch}",
      expr: epochsSince("finalized"),
      reduce: "max",
    },
    worst(f.interval),
    worst(f.gas),
    worst(f.fullness),
    worst(f.baseFee),
    worst(f.processing),
    worst(f.arrival),
    worst(f.mempool),
    worst(f.mempoolFull),
    least(f.peers),
    least(f.inbound),
    worst(f.peerLatency),
    {
      name: "attestationSuccessPercent",
      help: "Own validators' attestations of the last hour that were included, of the worst group.",
      expr: dutySuccess("attestation", "1h"),
      reduce: "min",
      ...percent,
    },
    {
      name: "participationPercent",
      help: "Share of all validators' attestations of the last complete epoch that were included.",
      expr: participation("any"),
      reduce: "min",
      ...percent,
    },
    {
      name: "nextProposalSeconds",
      help: "Time until the next known proposal of an own validator.",
      unit: "s",
      expr: select(consensusMetrics.nextProposal),
      reduce: "min",
    },
    { ...f.database, reduce: "sum" },
    least(f.runway),
    worst(f.rpcLatency),
    worst(f.rpcFailures),
  ],
  lists: [clientList, phaseList, peerList, validatorGroupList, validatorList, contractList, contractMethodList],
};
