/** How blocks reach the nodes, and who takes long with them. */
import type { JSX } from "preact";
import { FlowPage } from "./flow-page.tsx";

export function BlocksPage(): JSX.Element {
  return <FlowPage kind="block" />;
}
