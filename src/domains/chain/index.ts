/** The blockchain client. The view is fixed, its readers come with the chain work. */
import type { Domain } from "../../core/domain.ts";
import { notBuiltYet } from "../../core/not-built.ts";

export const chain: Domain = {
  id: "chain",
  title: "Chain",
  metrics: {},
  collectors: [],
  views: [
    {
      name: "chain",
      help: "The blockchain client on this node.",
      fields: notBuiltYet([
        { name: "headBlock", help: "Number of the newest block.", unit: "{block}" },
        { name: "syncLagBlocks", help: "Blocks between the client's head and the network's.", unit: "{block}" },
        { name: "transactionsPerSecond", help: "Transactions included per second.", unit: "1/s" },
      ]),
    },
  ],
  panels: [],
  checks: [],
  alerts: [],
};
