/** Events on the time axis (restarts, deployments, notes): loaded for the window in view, extended by the live stream. */
import { signal } from "@preact/signals";
import type { Annotation, AnnotationKind } from "../../core/annotation.ts";
import { errorText, getJson, sendJson } from "./http.ts";

const url = "/api/v1/performance/annotations";

/** Those of the window in view, oldest first. */
export const annotations = signal<readonly Annotation[]>([]);
/** Why they could not be loaded, as a sentence. */
export const annotationsError = signal<string | null>(null);

/** Loads those of a window (ms); a failure leaves the charts without marks and is said where the events are listed. */
export async function loadAnnotations(fromMs: number, toMs: number, cancelled: AbortSignal): Promise<void> {
  const range = new URLSearchParams({ from: String(fromMs / 1000), to: String(toMs / 1000) });
  try {
    const answer = await getJson<{ readonly annotations: readonly Annotation[] }>(`${url}?${range.toString()}`, cancelled);
    annotations.value = answer.annotations;
    annotationsError.value = null;
  } catch (error) {
    if (!cancelled.aborted) annotationsError.value = errorText(error);
  }
}

/** One that the stream has announced; the same may come by both ways. */
export function receiveAnnotation(annotation: Annotation): void {
  const known = annotations.value.some((one) => one.timestampMs === annotation.timestampMs && one.title === annotation.title);
  if (!known) annotations.value = [...annotations.value, annotation];
}

export interface NewAnnotation {
  readonly timestampMs: number;
  readonly kind: AnnotationKind;
  readonly title: string;
}

/** Adds one; it comes back to every open page by the stream. */
export async function addAnnotation(annotation: NewAnnotation): Promise<void> {
  await sendJson("POST", url, annotation);
}
