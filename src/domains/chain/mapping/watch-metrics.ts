/** Looks at a client's own metrics again and again; families call it beside their RPC loops. */
import { ChainPulseError } from "../../../core/errors.ts";
import type { Metric } from "../../../core/metric.ts";
import { askText } from "../../../io/ask-text.ts";
import { type HttpClient, openHttpClient } from "../../../io/http-client.ts";
import { AskFailure } from "../../../io/json-rpc.ts";
import { syntaxOf } from "../../../io/openmetrics/read-exposition.ts";
import type { ClientContext, ClientIdentity } from "../client/client-kind.ts";
import { loop } from "../client/loop.ts";
import { awayMsMax } from "../client/watch-head.ts";
import { clientMetrics } from "../client/metrics.ts";
import type { Dialect } from "./dialect.ts";
import { type Mapping, openMapping, type Told } from "./open-mapping.ts";

export interface WatchMetricsOptions {
  /** Read elsewhere: rules for these are left out. */
  readonly except?: readonly Metric[];
  /** Nothing else of the client is asked: it is up while this answers, and what it is is what its metrics say. */
  readonly alone?: boolean;
  /** Between two scrapes. Default: as often as the client's head is looked at, but not below 5 s. */
  readonly intervalMs?: number;
}

/** A text of 500 families costs the client and us some ms, and blocks come every few seconds at most. */
const intervalMsMin = 5000;
/** The largest text that is known (AvalancheGo, 1,975 families) has 0.5 MB. */
const bytesMax = 16_777_216;
/** The text format first: what clients write as OpenMetrics is often not quite that. */
const accept = "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";
/** Of what kind a client is, and of which layer, is known also where its metrics do not tell its version. */
const untold: ClientIdentity = { version: "", network: "" };
/** Value of the label `rpc.method`: scrapes are counted beside the client's other requests. */
const method = "metrics";

/**
 * Runs until the client is not watched any more. Resolves then, at once where the client has no address of metrics. Rejects where a file of
 * the endpoint (PEM) cannot be read, and for nothing that the client does.
 */
export async function watchMetrics(context: ClientContext, dialect: Dialect, options: WatchMetricsOptions = {}): Promise<void> {
  const { except = [], alone = false } = options;
  const own = { ...dialect, rules: dialect.rules.filter(({ metric }) => !except.includes(metric)) };
  const metrics = [...new Set(own.rules.map(({ metric }) => metric))];
  const { metrics: endpoint } = context.target;
  if (endpoint === null) {
    const detail = `${context.target.name} has no metrics_url, and none was found`;
    const fix = "Have it serve metrics, and set metrics_url.";
    return context.absent(method, metrics, { reason: "not_present", detail, fix });
  }
  const mapping = openMapping(context, own);
  const http = openHttpClient(endpoint);
  const onFailure = (failure: Error | null): void => {
    if (failure === null) return context.present(method);
    mapping.clear();
    context.absent(method, metrics, { reason: "stale", detail: `${endpoint.url.origin}: ${failure.message}` });
    if (alone) context.clear(failure);
  };
  const { intervalMs = Math.max(intervalMsMin, context.chain.poll_interval_ms) } = options;
  const looks = { intervalMs, name: dialect.title, onFailure };
  await loop(context, alone ? { ...looks, failureMsMax: awayMsMax } : looks, async () => {
    const { identity, startedMs } = await scrape(context, http, mapping);
    if (alone) context.answered();
    if (startedMs !== null) context.startedAt(startedMs);
    if (alone) context.identified(identity ?? untold);
  });
  http.close();
}

async function scrape(context: ClientContext, http: HttpClient, mapping: Mapping): Promise<Told> {
  const { clock, signal } = context;
  const askedMs = clock.monotonicMs();
  try {
    const { body, contentType } = await askText(http, { signal, accept, bytesMax });
    return writeText(mapping, body, contentType);
  } catch (error) {
    if (error instanceof AskFailure && !signal.aborted)
      context.count(clientMetrics.requestFailures, { "error.type": error.kind }, 1);
    throw error;
  } finally {
    context.count(clientMetrics.requests, { "rpc.method": method }, 1);
    context.count(clientMetrics.requestTime, { "rpc.method": method }, (clock.monotonicMs() - askedMs) / 1000);
  }
}

/** A text that is none is an answer that cannot be believed, as any other garbage. */
function writeText(mapping: Mapping, body: Uint8Array, contentType: string): Told {
  try {
    return mapping.write(body, syntaxOf(contentType));
  } catch (error) {
    if (error instanceof ChainPulseError) throw new AskFailure("garbage", error.message, { cause: error });
    throw error;
  }
}
