/**
 * The page's variables in the text of an expression: what stands in for them while it is being written, and where in the text a place
 * of the expanded expression is. What they mean is in `core/promql-text.ts`.
 */
import { expandQuery, type QueryContext } from "../../core/promql-text.ts";

/** Each variable and what the completion says of it. */
export const variables = [
  { name: "$rate", help: "Per-second increase: irate on a fine chart, rate on a coarse one." },
  { name: "$window", help: "The range that suits the chart's step." },
  { name: "$node", help: "The id of this node, inside quotes." },
] as const;

const pattern = /\$(?:rate|window|node)/g;

/** The same number of characters, without a character that a PromQL grammar does not know: positions stay what they are. */
export function withStandIns(expr: string): string {
  return expr.replaceAll("$rate", " rate").replaceAll("$window", "     1m");
}

/** An expression with its variables filled in. */
export interface Expansion {
  readonly text: string;
  /** Index in the expression as it was written, for an index in `text`; inside of a variable it is where the variable begins. */
  readonly written: (index: number) => number;
}

/** Fills the variables in and remembers where they stood. */
export function expandWithPlaces(expr: string, context: QueryContext): Expansion {
  /** Where the rest of the text after each variable begins, in both texts; and where the variable itself begins. */
  const rests: { readonly variable: number; readonly from: number; readonly at: number }[] = [];
  let text = "";
  let from = 0;
  for (const match of expr.matchAll(pattern)) {
    text += expr.slice(from, match.index) + expandQuery(match[0], context);
    from = match.index + match[0].length;
    rests.push({ variable: match.index, from, at: text.length });
  }
  text += expr.slice(from);
  return {
    text,
    written(index) {
      const next = rests.find((rest) => index < rest.at);
      const before = rests.findLast((rest) => index >= rest.at) ?? { from: 0, at: 0 };
      const written = before.from + index - before.at;
      return next === undefined ? Math.min(written, expr.length) : Math.min(written, next.variable);
    },
  };
}

/** Formatted, it reads `2h9m37s777ms`: a range that nobody writes. */
const windowMark = { given: "7777777ms", formatted: "2h9m37s777ms" } as const;
const rateCall = /\$?\brate\b/g;

/** An expression as the server can format it. */
export interface Formattable {
  readonly text: string;
  /** Puts the variables back; `null` where that cannot be done for sure. */
  readonly restore: (formatted: string) => string | null;
}

/**
 * Formatting keeps the order of words, so the n-th `rate` of the result is the n-th of the text; it leaves strings alone, and `$node`
 * is in one.
 */
export function formattable(expr: string): Formattable {
  const rates = [...expr.matchAll(rateCall)].map(([word]) => word);
  return {
    text: expr.replaceAll("$rate", "rate").replaceAll("$window", windowMark.given),
    restore(formatted) {
      if ([...formatted.matchAll(rateCall)].length !== rates.length) return null;
      let next = 0;
      return formatted.replaceAll(rateCall, () => rates[next++] ?? "rate").replaceAll(windowMark.formatted, "$window");
    },
  };
}
