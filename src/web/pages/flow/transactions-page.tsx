/** “Where is my transaction, and who slowed it down?” */
import type { JSX } from "preact";
import { FlowPage } from "./flow-page.tsx";

export function TransactionsPage(): JSX.Element {
  return <FlowPage kind="transaction" />;
}
