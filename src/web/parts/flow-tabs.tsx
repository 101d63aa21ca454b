/** The pages about what goes from node to node, side by side. */
import type { JSX } from "preact";
import { PageTabs } from "./page-tabs.tsx";

/** The first one is where the navigation leads to. */
export const flowPages = [
  ["/transactions", "Transactions"],
  ["/blocks", "Blocks"],
] as const;

export function FlowTabs(): JSX.Element {
  return <PageTabs label="Transactions and blocks" pages={flowPages} />;
}
