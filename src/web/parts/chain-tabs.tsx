/** The pages about a node's blockchain clients, side by side. */
import type { JSX } from "preact";
import { PageTabs } from "./page-tabs.tsx";

/** The first one is where the navigation leads to. */
export const chainPages = [
  ["/chain", "Now"],
  ["/chain/validators", "Validators"],
  ["/chain/contracts", "Contracts"],
  ["/chain/peers", "Peers"],
  ["/chain/compare", "Comparison"],
] as const;

export function ChainTabs(): JSX.Element {
  return <PageTabs label="Chain" pages={chainPages} />;
}
