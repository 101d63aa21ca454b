/** Spans of an agent (docs/agent-protocol.md): stored as its node's, whatever node they say, with how far its clock is off where they begin. */
import type { ClockOffset } from "../../../core/agent-record.ts";
import { flowAttributes } from "../../../core/flow-names.ts";
import { observedScope } from "../../../core/observed-span.ts";
import type { Span, TelemetrySource } from "../../../core/span.ts";
import { nodeAttribute } from "../../../core/telemetry-source.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { DamagedFileError } from "../../../store/database.ts";
import { spanPageLimits } from "../../agent-protocol/span-page.ts";
import { readRecords } from "../otlp/read-source.ts";
import { readSpan } from "../otlp/read-span.ts";

export interface SpanPageContext {
  /** The node that the sender's token is for; `null` where it may write all: then the spans' resources say it. */
  readonly node: string | null;
  /** How far the hub's clock was ahead of the node's at a time by the node's, ms since the epoch; `null` where that is not known. */
  readonly clockAt: (node: string, timeMs: number) => ClockOffset | null;
}

export interface ReceivedSpans {
  readonly spans: readonly Span[];
  /** Spans without ids. */
  readonly refused: number;
  /** Whose they are. */
  readonly nodes: ReadonlySet<string>;
}

/** Throws `DamagedFileError`. */
export function readSpanPage(page: Uint8Array, context: SpanPageContext): ReceivedSpans {
  const reader = new ProtoReader(page);
  const sources = new Map<TelemetrySource, NodeSource>();
  const spans: Span[] = [];
  let refused = 0;
  const take = (sent: TelemetrySource): boolean => {
    if (spans.length + refused >= spanPageLimits.spans) {
      throw new DamagedFileError(`it has more than ${spanPageLimits.spans} spans`);
    }
    const known = sources.get(sent) ?? nodeSource(sent, context.node);
    sources.set(sent, known);
    const span = readSpan(reader, known.source);
    if (typeof span === "string") refused++;
    else spans.push(isObservedRoot(span) ? withClock(span, known.node, context) : span);
    return false;
  };
  try {
    for (const _ of readRecords(reader, take));
  } catch (error) {
    if (error instanceof ProtobufError) throw new DamagedFileError(error.message);
    throw error;
  }
  return { spans, refused, nodes: new Set(Array.from(sources.values(), ({ node }) => node)) };
}

interface NodeSource {
  readonly node: string;
  readonly source: TelemetrySource;
}

function nodeSource(source: TelemetrySource, tokenNode: string | null): NodeSource {
  const claimed = source.resource[nodeAttribute];
  const node = tokenNode ?? (typeof claimed === "string" ? claimed : "");
  return { node, source: { ...source, resource: { ...source.resource, [nodeAttribute]: node } } };
}

/** The begin of what ChainPulse has observed on a node: it is there that the nodes' times are compared. */
function isObservedRoot({ parentSpanId, source }: Span): boolean {
  return parentSpanId === "" && source.scopeName === observedScope;
}

const { clockOffsetMs, clockErrorMs } = flowAttributes;

/** Times stay as the node has told them; what it says of its own clock does not count. */
function withClock(span: Span, node: string, { clockAt }: SpanPageContext): Span {
  const clock = clockAt(node, Number(span.startNs) / 1e6);
  const told = clock === null ? {} : { [clockOffsetMs]: rounded(clock.offsetMs), [clockErrorMs]: rounded(clock.errorMs) };
  const own = Object.entries(span.attributes).filter(([key]) => key !== clockOffsetMs && key !== clockErrorMs);
  return { ...span, attributes: { ...Object.fromEntries(own), ...told } };
}

/** To microseconds: clocks are compared in milliseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
