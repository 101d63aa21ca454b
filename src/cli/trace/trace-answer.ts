/** What the server says of a trace: the life of a transaction or block, or else its spans. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { SpanColumns, SpanColumnsJson } from "../../core/span-columns.ts";
import { columnsFromJson } from "../../core/trace/columns-json.ts";
import type { Flow } from "../../core/trace/flow.ts";
import { traceAnalysis } from "../../serve/telemetry/analysis-shapes.ts";
import type { ServerAccess } from "../server-access.ts";

export interface TraceAnswer {
  readonly traceId: string;
  readonly flow: Flow | null;
  /** Of one that is of no transaction and no block; else `null`. */
  readonly columns: SpanColumns | null;
  readonly warnings: readonly string[];
  /** The server's answer as it is. */
  readonly body: unknown;
}

const analysisSchema = z.object({
  // The shape that the API says, of which a transaction's and a block's flow are two kinds.
  flow: z.custom<Flow | null>((value) => traceAnalysis.shape.flow.safeParse(value).success),
  warnings: z.array(z.string()),
});

const column = z.string();
const columnsSchema = z.object({
  spansLeftOut: z.number(),
  warnings: z.array(z.string()),
  columns: z.object({
    originNs: z.string().regex(/^-?\d+$/),
    count: z.number().int().nonnegative(),
    startMs: column,
    durationMs: column,
    parent: column,
    operation: column,
    node: column,
    flags: column,
    spanIds: column,
    operations: z.array(z.object({ service: z.string(), name: z.string() })),
    nodes: z.array(z.string()),
  }) satisfies z.ZodType<SpanColumnsJson>,
});

/** `null` where the server knows nothing of it. Errors: those of the server, `UNAVAILABLE` for an answer that is none. */
export async function readTrace(server: ServerAccess, traceId: string): Promise<TraceAnswer | null> {
  try {
    const body = await server.get(`/api/v1/performance/traces/${traceId}/analysis`);
    const { flow, warnings } = parsed(analysisSchema, body, server);
    if (flow !== null) return { traceId, flow, columns: null, warnings, body };
    const spans = await server.get(`/api/v1/performance/traces/${traceId}/columns`);
    const { columns, spansLeftOut, ...rest } = parsed(columnsSchema, spans, server);
    const leftOut = spansLeftOut === 0 ? [] : [`${spansLeftOut} spans are left out.`];
    return { traceId, flow, columns: columnsFromJson(columns), warnings: [...rest.warnings, ...leftOut], body: spans };
  } catch (error) {
    if (error instanceof ChainPulseError && error.code === "NOT_FOUND") return null;
    throw error;
  }
}

function parsed<T>(schema: z.ZodType<T>, body: unknown, { url }: ServerAccess): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ChainPulseError("UNAVAILABLE", `${url.origin} gave an answer that is no trace`);
}
