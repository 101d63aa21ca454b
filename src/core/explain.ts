/** What each part of a query comes to, for those who wonder where an answer or its time comes from. Shared by `query`, `serve` and `web`. */

/** One expression of the query, evaluated by itself at one time. Parentheses are no node of their own. */
export interface ExplainedNode {
  /** As it stands in the query. */
  readonly text: string;
  /** `selector`, `range`, `subquery`, `call`, `aggregation`, `binary`, `unary`, `number`, `string`. */
  readonly kind: string;
  readonly type: "scalar" | "string" | "instant vector" | "range vector";
  /** Where `text` stands in the query: UTF-16 offsets, the end is exclusive. */
  readonly start: number;
  readonly end: number;
  /** Wall time of its evaluation, that of the nodes below it included. */
  readonly seconds: number;
  /** What it gives: a scalar or a string is one series of one sample. `null` where it could not be evaluated. */
  readonly series: number | null;
  readonly samples: number | null;
  /** Read from the store for it. */
  readonly samplesRead: number;
  /** Why it could not be evaluated; else `null`. */
  readonly error: string | null;
  /** From left to right. */
  readonly children: readonly ExplainedNode[];
}
