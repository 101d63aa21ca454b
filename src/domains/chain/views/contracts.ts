/** What contracts cost: by contract, and by what of it is called. */
import { labelOf } from "../../../core/promql-text.ts";
import type { ViewList } from "../../../core/view.ts";
import { contractMetrics as k } from "../contracts/metrics.ts";
import {
  byCall,
  callLabel,
  contractLabel,
  contractRate,
  failedShare,
  gasShare,
  methodLabel,
  replayTime,
  replayTimeOfGas,
  storageRate,
} from "../expressions/contracts.ts";
import { perMinute } from "../expressions/client.ts";
import { milliseconds, percent } from "./units.ts";

const client = { field: "client", label: labelOf(k.gas, "chain.client"), help: "The client that tells of it." };
const simulated = { field: "simulated", label: labelOf(k.gas, "simulated"), help: "true for a chain that is made for show." };

export const contractList: ViewList = {
  name: "contracts",
  help: "The dearest contracts; other is all the rest.",
  key: { field: "contract", label: contractLabel, help: "Its address." },
  labels: [client, simulated],
  fields: [
    {
      name: "gasPerSecond",
      help: "Gas of transactions sent to it.",
      unit: "{gas}/s",
      reduce: "max",
      expr: contractRate(k.gas),
    },
    { name: "gasSharePercent", help: "Its share of the gas of all transactions.", reduce: "max", expr: gasShare, ...percent },
    {
      name: "callsPerSecond",
      help: "Transactions sent to it.",
      unit: "1/s",
      reduce: "max",
      expr: contractRate(k.calls),
    },
    { name: "failedPercent", help: "Those that failed, of ten minutes.", reduce: "max", expr: failedShare, ...percent },
    {
      name: "innerGasPerSecond",
      help: "Gas of its own code, wherever it was called from; in traced blocks.",
      unit: "{gas}/s",
      reduce: "max",
      expr: contractRate(k.innerGas),
    },
    {
      name: "storageReadsPerSecond",
      help: "Storage slots that it read, in traced blocks.",
      unit: "1/s",
      reduce: "max",
      expr: storageRate("read"),
    },
    {
      name: "storageWritesPerSecond",
      help: "Storage slots that it changed, in traced blocks.",
      unit: "1/s",
      reduce: "max",
      expr: storageRate("write"),
    },
    {
      name: "replayMs",
      help: "Mean time that running one of its transactions again took, measured from outside.",
      reduce: "max",
      expr: replayTime,
      ...milliseconds,
    },
    {
      name: "replayMsPerMillionGas",
      help: "Time that a million of its gas took when it was run again.",
      reduce: "max",
      expr: replayTimeOfGas,
      ...milliseconds,
    },
  ],
};

export const contractMethodList: ViewList = {
  name: "contractMethods",
  help: "The dearest methods of contracts.",
  key: { field: "call", label: callLabel, help: "Contract and method." },
  labels: [
    { field: "contract", label: contractLabel, help: "The contract's address." },
    { field: "method", label: methodLabel, help: "Name of the method, or its selector." },
    client,
    simulated,
  ],
  fields: [
    {
      name: "gasPerSecond",
      help: "Gas of transactions that call it.",
      unit: "{gas}/s",
      reduce: "max",
      expr: byCall(perMinute(k.gas)),
    },
    {
      name: "callsPerSecond",
      help: "Transactions that call it.",
      unit: "1/s",
      reduce: "max",
      expr: byCall(`sum without (${labelOf(k.calls, "call.outcome")}) (${perMinute(k.calls)})`),
    },
  ],
};
