/** Keeps the server's status current where its figures are shown: the stream tells only whether it collects, not how many series. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { loadStatus, serverNow, status } from "../data/server.ts";
import { keepFresh } from "./keep-fresh.ts";
import { pageTurns } from "./page-now.ts";

/** Gives why the figures may be old, as a sentence; empty while they are not. */
export function useFreshStatus(): ReadonlySignal<string> {
  const error = useSignal("");
  useEffect(
    () =>
      keepFresh({
        turns: pageTurns,
        ageMs: () => serverNow() - (status.value?.serverTimeMs ?? 0),
        load: loadStatus,
        note: (text) => (error.value = text),
      }),
    [],
  );
  return error;
}
