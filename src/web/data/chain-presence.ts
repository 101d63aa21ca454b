/** Whether the shown node has, or had, a blockchain client: the navigation leads to its pages only then. */
import { effect, signal } from "@preact/signals";
import { chainField } from "./chain-declared.ts";
import { eventsUrl, type EventPage } from "./chain-events.ts";
import type { SeriesAnswer } from "./contract.ts";
import { getJson, sendJson } from "./http.ts";
import { nodeUrl, serverNow, shownNode, viewGroups } from "./server.ts";

/** False also while it is not known. */
export const hasChain = signal(false);

/** A client that is started is found after some ten seconds; one that is there stays, or has been there. */
const refreshMs = { absent: 5000, present: 60_000 } as const;

/** Follows the shown node. The returned function ends it. */
export function startChainPresence(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort = new AbortController();
  const look = async (hadOne: boolean | null): Promise<void> => {
    const { signal: cancelled } = abort;
    let had = hadOne;
    if (document.visibilityState === "visible") {
      try {
        const isThere = await isWatched(cancelled);
        had ??= isThere || (await wasSeen(cancelled));
        if (!cancelled.aborted) hasChain.value = isThere || had;
      } catch {
        // A server that does not answer says so at many places; what was known before still holds.
      }
    }
    if (!cancelled.aborted) timer = setTimeout(() => void look(had), hasChain.peek() ? refreshMs.present : refreshMs.absent);
  };
  const stop = effect(() => {
    // Another node, and the declarations once they are there.
    void [shownNode.value, viewGroups.value];
    clearTimeout(timer);
    abort.abort();
    abort = new AbortController();
    hasChain.value = false;
    if (shownNode.value !== "" && viewGroups.value.length > 0) void look(null);
  });
  return () => {
    stop();
    clearTimeout(timer);
    abort.abort();
    hasChain.value = false;
  };
}

async function isWatched(cancelled: AbortSignal): Promise<boolean> {
  const field = chainField("clientsWatched");
  if (field === undefined || field.expr === null) return false;
  const nowS = serverNow() / 1000;
  const body = { queries: [{ id: field.name, expr: field.expr }], from: nowS, to: nowS };
  const { results } = await sendJson<SeriesAnswer>("POST", nodeUrl("/series"), body, cancelled);
  return results.some(({ series }) => series.some(({ values }) => values.some((value) => value !== null)));
}

/** Every client that has ever answered has left a block, or that it went away. */
async function wasSeen(cancelled: AbortSignal): Promise<boolean> {
  for (const kind of ["chain.block", "chain.client"] as const) {
    const { events } = await getJson<EventPage>(eventsUrl({ kind, limit: 1 }), cancelled);
    if (events.length > 0) return true;
  }
  return false;
}
