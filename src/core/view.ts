/**
 * What a domain shows of one node, declared: group → field → expression. REST, GraphQL, OpenAPI and the dashboard are made
 * from it, so that all doors give the same number.
 */
import type { AbsenceReason } from "./absence.ts";

/** A vector of several elements becomes the field's one number by this; `only` means that there must be just one. */
export type Reduction = "only" | "max" | "min" | "sum" | "avg";

export interface ViewField {
  /** camelCase; new fields end in their unit. */
  readonly name: string;
  readonly help: string;
  /** Unit of the number as shown: `%`, `Cel`, `By`, `bit/s`, `ms`, `1` … */
  readonly unit: string;
  /** PromQL text from `promql-text.ts`; `null` with `absent` for what cannot be read yet. */
  readonly expr: string | null;
  readonly reduce?: Reduction;
  /** The shown number is the expression's value times this. */
  readonly scale?: number;
  readonly absent?: { readonly reason: AbsenceReason; readonly detail: string };
}

/** Rows, one per value of `key.label`: cores, disks, models. */
export interface ViewList {
  readonly name: string;
  readonly help: string;
  readonly key: { readonly field: string; readonly label: string; readonly help: string };
  /** Further labels of the first field's series, shown as strings. */
  readonly labels?: readonly { readonly field: string; readonly label: string; readonly help: string }[];
  readonly fields: readonly ViewField[];
}

export interface ViewGroup {
  /** camelCase; the group's name in REST and GraphQL: `cpu`, `gpu`, `memory`, `quantumMetrics` … */
  readonly name: string;
  readonly help: string;
  readonly fields: readonly ViewField[];
  readonly lists?: readonly ViewList[];
  /** The group is itself a list (`aiModels`): `fields` and `lists` stay empty. */
  readonly rows?: ViewList;
}
