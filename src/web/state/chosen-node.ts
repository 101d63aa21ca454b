/** Which node the address names. It stays there over changes of page, so that one walks through the pages of one node. */
import { computed } from "@preact/signals";
import { address, path } from "./router.ts";

/** Pages about the whole server: they show the same whichever node was chosen. */
const serverPages: ReadonlySet<string> = new Set([
  "/chain/compare",
  "/fleet",
  "/transactions",
  "/blocks",
  "/traces",
  "/logs",
  "/alerts",
  "/sources",
  "/targets",
  "/programs",
  "/settings",
]);

/** Whether the present page shows one node. */
export const showsNode = computed(() => !serverPages.has(path.value));

/** The id in the address, wherever the page shows one node; `null`: the node that serves the page. */
export const chosenNode = computed<string | null>(() => (showsNode.value ? address.value.params.get("node") : null));
