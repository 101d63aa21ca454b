/** Language runtimes of the programs that are scraped, or that send their metrics: garbage collection, heap, threads, event loops. */
import type { Domain } from "../../core/domain.ts";
import { dotnetSection, goSection, jvmSection, nodeSection, processSection, pythonSection } from "./sections.ts";

export const runtime: Domain = {
  id: "runtime",
  title: "Runtimes",
  metrics: {},
  collectors: [],
  views: [],
  panels: [],
  programs: [jvmSection, goSection, dotnetSection, nodeSection, pythonSection, processSection],
  checks: [],
  alerts: [],
};
