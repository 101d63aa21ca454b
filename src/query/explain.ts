/** A query taken apart: every expression in it is evaluated once by itself, all within the budget of one call. */
import type { Clock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import type { ExplainedNode } from "../core/explain.ts";
import type { QueryResult } from "./api.ts";
import { type Expr, type Span, unwrapParens } from "./ast.ts";
import type { QueryEngine } from "./engine.ts";
import type { CallBudget } from "./limits.ts";
import { typeOf } from "./parser/check.ts";
import { childrenOf } from "./parser/children.ts";

/** Expressions of one query: rule files' longest have some dozens. */
const nodesMax = 500;

interface Explanation {
  readonly engine: QueryEngine;
  readonly clock: Clock;
  readonly call: CallBudget;
  readonly text: string;
  readonly timeMs: number;
  nodes: number;
}

/** Throws `QUERY_SYNTAX`, `QUERY_LIMIT` for a query of too many expressions, `CANCELLED`; what else fails is told at its node. */
export function explainQuery(engine: QueryEngine, clock: Clock, call: CallBudget, text: string, timeMs: number): ExplainedNode {
  const expr = engine.parse(text);
  const explanation = { engine, clock, call, text, timeMs, nodes: 0 };
  // Once for nothing: what is evaluated first would pay for reading what all others find at hand, and seem to cost most.
  evaluate(expr.span, explanation);
  return explain(expr, explanation);
}

function explain(expr: Expr, explanation: Explanation): ExplainedNode {
  if (++explanation.nodes > nodesMax) {
    throw new ChainPulseError("QUERY_LIMIT", `the query has more than ${nodesMax} expressions`, {
      fix: "Explain a part of it.",
    });
  }
  const inner = unwrapParens(expr);
  const { start, end } = expr.span;
  return {
    text: explanation.text.slice(start, end),
    kind: inner.kind,
    type: typeOf(inner),
    start,
    end,
    ...evaluate(expr.span, explanation),
    children: childrenOf(inner).map((child) => explain(child, explanation)),
  };
}

type Evaluation = Pick<ExplainedNode, "seconds" | "series" | "samples" | "samplesRead" | "error">;

function evaluate({ start, end }: Span, { engine, clock, call, text, timeMs }: Explanation): Evaluation {
  const [beganMs, readBefore] = [clock.monotonicMs(), call.samplesRead];
  const cost = (): Pick<Evaluation, "seconds" | "samplesRead"> => ({
    seconds: (clock.monotonicMs() - beganMs) / 1000,
    samplesRead: call.samplesRead - readBefore,
  });
  try {
    // Before the part is parsed: that takes time too.
    call.checkTime();
    return { ...sizeOf(engine.instant(text.slice(start, end), timeMs, call)), ...cost(), error: null };
  } catch (error) {
    if (!(error instanceof ChainPulseError) || error.code === "CANCELLED") throw error;
    return { series: null, samples: null, ...cost(), error: error.message };
  }
}

function sizeOf(result: QueryResult): { readonly series: number; readonly samples: number } {
  switch (result.type) {
    case "vector":
      return { series: result.samples.length, samples: result.samples.length };
    case "matrix": {
      const samples = result.series.reduce((sum, one) => sum + one.values.length + (one.histograms?.values.length ?? 0), 0);
      return { series: result.series.length, samples };
    }
    default:
      return { series: 1, samples: 1 };
  }
}
