/** Which of a page's panels have nothing to show on this machine, found out at once and not when one scrolls to them. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Panel } from "../../core/panel.ts";
import { absencesOf } from "../data/absences.ts";
import type { SeriesAnswer } from "../data/contract.ts";
import { sendJson } from "../data/http.ts";
import { drawnWindow } from "../data/query-board.ts";
import { isLocal, nodeUrl, status } from "../data/server.ts";
import { fetchStepMs } from "../data/step.ts";
import { timeRange } from "../state/time-range.ts";

/** A request carries at most so many queries (contract). */
const queriesPerRequest = 64;
const pointsLooked = 10;
/** What has just begun to be watched fills its panels one after the other: those that were empty are looked at again. */
const lookAgainMs = 10_000;

/**
 * Panels whose queries have no series in the window, of those that may be empty: default, those all of whose metrics are reported absent. An
 * absence alone proves little: one file of several may be missing, one process of many unreadable. `null` until the server has answered.
 */
export function useAbsentPanels(
  panels: readonly Panel[],
  mayBeEmpty: (panel: Panel) => boolean = isSuspect,
): ReadonlySignal<ReadonlySet<Panel> | null> {
  const found = useSignal<ReadonlySet<Panel> | null>(null);
  const absences = status.value?.collect.absences.length;
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (asked: readonly Panel[]): Promise<void> => {
      try {
        const absent = await askForSeries(asked, abort.signal);
        found.value = absent;
        if (absent.size > 0 && timeRange.peek().kind === "last") timer = setTimeout(again, lookAgainMs, [...absent]);
      } catch {
        // Each panel then asks for itself, and shows what went wrong.
        if (!abort.signal.aborted) found.value = new Set();
      }
    };
    const again = (asked: readonly Panel[]): void => {
      if (document.visibilityState === "visible") void look(asked);
      else timer = setTimeout(again, lookAgainMs, asked);
    };
    void look(panels.filter(mayBeEmpty));
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [panels, absences, timeRange.value]);
  return found;
}

/** What another node could not read is not known here: any of its panels may be empty. */
function isSuspect(panel: Panel): boolean {
  if (!isLocal.value) return true;
  return panel.metrics.length > 0 && panel.metrics.every((metric) => absencesOf([metric]).length > 0);
}

/** Those of the panels that no query of theirs has a series for. */
async function askForSeries(panels: readonly Panel[], signal: AbortSignal): Promise<ReadonlySet<Panel>> {
  const asked = panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ panel, expr })));
  const { fromMs, toMs } = drawnWindow.peek();
  // Whether there is any series, a few points tell as well as all of them.
  const fineMs = fetchStepMs({ fromMs, toMs }, status.peek()?.samplingIntervalMs ?? 1000);
  const stepMs = Math.max(fineMs, Math.round((toMs - fromMs) / pointsLooked));
  const absent = new Set(panels);
  for (let start = 0; start < asked.length; start += queriesPerRequest) {
    const part = asked.slice(start, start + queriesPerRequest);
    const queries = part.map(({ expr }, index) => ({ id: String(index), expr }));
    const body = { queries, from: fromMs / 1000, to: toMs / 1000, stepMs };
    const answer = await sendJson<SeriesAnswer>("POST", nodeUrl("/series"), body, signal);
    for (const { id, series, error } of answer.results) {
      const panel = part[Number(id)]?.panel;
      if (panel !== undefined && (error !== undefined || series.length > 0)) absent.delete(panel);
    }
  }
  return absent;
}
