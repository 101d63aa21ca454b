/** The header by which a request joins the trace of what it is about, before there is any span of it. */
import { flowSpans } from "../../core/flow-names.ts";
import { flowTraceparent } from "../../core/flow-span-id.ts";
import type { AskedTrace } from "../../core/trace/asked-trace.ts";
import { UsageError } from "../usage-error.ts";

/** `place`: `NODE/CLIENT`, as ChainPulse calls them. A `UsageError` for another form, and for a trace id, of which no span's id can be worked out. */
export function traceparentOf({ hash }: AskedTrace, place: string): string {
  const [, node, client] = /^([^/]+)\/([^/]+)$/.exec(place) ?? [];
  if (node === undefined || client === undefined)
    throw new UsageError(`--traceparent takes NODE/CLIENT such as node-1/geth, not ${JSON.stringify(place)}`);
  if (hash === null) throw new UsageError("--traceparent needs the whole hash of a transaction, not a trace id");
  return flowTraceparent({ hash, node, client }, flowSpans.transaction);
}
