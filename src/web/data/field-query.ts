/** PromQL for what a view's field states, as it states it: brought down to one number, and scaled. */
import type { ViewField } from "../../core/view.ts";

type Asked = Pick<ViewField, "expr" | "reduce" | "scale">;

/** The expression of the field's one number; `null` where nothing is measured. */
export function fieldQuery({ expr, reduce = "only", scale = 1 }: Asked): string | null {
  if (expr === null) return null;
  return reduce === "only" ? scaled(expr, scale) : `${reduce}(${expr})${scale === 1 ? "" : ` * ${scale}`}`;
}

/** The expression of a list's rows in the order of one column, as many as are shown. */
export function rowsQuery({ expr, scale = 1 }: Asked, rows: number, descending: boolean): string | null {
  return expr === null ? null : `${descending ? "topk" : "bottomk"}(${rows}, ${scaled(expr, scale)})`;
}

function scaled(expr: string, scale: number): string {
  return scale === 1 ? expr : `(${expr}) * ${scale}`;
}
