/** The pages about what comes in and goes out, side by side. */
import type { JSX } from "preact";
import { PageTabs } from "./page-tabs.tsx";

/** The first one is where the navigation leads to. */
export const dataPages = [
  ["/sources", "Flow"],
  ["/targets", "Targets"],
  ["/programs", "Runtimes"],
] as const;

export function DataTabs(): JSX.Element {
  return <PageTabs label="Data" pages={dataPages} />;
}
