/** How many alerts fire now, for every page: asked for while the page is seen. */
import { signal } from "@preact/signals";
import { errorText, getJson } from "./http.ts";
import type { ActiveAlert } from "./rules.ts";

/** `null` until the first answer, and while there is none. */
export const firingCount = signal<number | null>(null);
/** Why the number is not known, as a sentence; `null` when it is. */
export const alertsError = signal<string | null>(null);

/** Rules are evaluated every some ten seconds; asking more often shows nothing new. */
const refreshMs = 10_000;

/** Begins to ask. The returned function ends it. */
export function startAlerts(): () => void {
  const refresh = (): void => {
    if (document.visibilityState === "visible") void loadAlerts();
  };
  refresh();
  const timer = setInterval(refresh, refreshMs);
  document.addEventListener("visibilitychange", refresh);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", refresh);
    firingCount.value = null;
  };
}

async function loadAlerts(): Promise<void> {
  try {
    const { data } = await getJson<{ readonly data: { readonly alerts: readonly ActiveAlert[] } }>("/api/v1/alerts");
    firingCount.value = data.alerts.filter((alert) => alert.state === "firing").length;
    alertsError.value = null;
  } catch (error) {
    firingCount.value = null;
    alertsError.value = errorText(error);
  }
}
