/** An event drawn as a mark on every chart: a restart, a deployment, a configuration change. */
export const annotationKinds = ["restart", "deploy", "config", "clock", "gap", "chain", "note"] as const;

export type AnnotationKind = (typeof annotationKinds)[number];

export interface Annotation {
  readonly timestampMs: number;
  /** End of an event that lasted, ms since the epoch. */
  readonly endMs?: number;
  readonly kind: AnnotationKind;
  readonly title: string;
  readonly text?: string;
  readonly node: string;
}
