/** What the completion and the hover help know about this server's series, asked of the Prometheus HTTP API. */
import type { PrometheusClient } from "@prometheus-io/codemirror-promql";
import { labelMatchersToString } from "@prometheus-io/codemirror-promql/dist/esm/parser/matcher.js";
import { expandQuery } from "../../core/promql-text.ts";
import { errorText, getJson } from "../data/http.ts";
import { instantContext } from "../data/prometheus.ts";

/** Type and help of one metric, as `/api/v1/metadata` gives them. */
export interface MetricMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit?: string;
}

type Matchers = Parameters<PrometheusClient["labelValues"]>[2];

/** Names and metadata change when a collector starts: asked again after this long. */
const keptMs = 60_000;
const metadataPath = "/api/v1/metadata";

/** Addresses in one memory; the oldest goes first. */
const addressesMax = 100;

const askNames = keeper<string[]>();
const askMetadata = keeper<Record<string, MetricMetadata[]>>();

/** Answers to completion. A failure is told to `fail` and completes nothing. */
export function metricSource(fail: (message: string) => void): PrometheusClient {
  const orNothing = async <T>(answer: Promise<T>, nothing: T): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      fail(errorText(error));
      return nothing;
    }
  };
  const labelValues = (label: string, metric = "", matchers?: Matchers): Promise<string[]> =>
    orNothing(askNames(`/api/v1/label/${encodeURIComponent(label)}/values`, matching(metric, matchers, label)), []);
  return {
    labelNames: (metric = "") => orNothing(askNames("/api/v1/labels", matching(metric)), []),
    labelValues,
    metricNames: () => labelValues("__name__"),
    metricMetadata: () => orNothing(askMetadata(metadataPath), {}),
    // The completion of expressions asks for neither.
    series: () => Promise.resolve([]),
    flags: () => Promise.resolve({}),
  };
}

/** What is declared of a metric; `undefined` for a name that nobody declared. */
export async function describeMetric(name: string): Promise<MetricMetadata | undefined> {
  const metadata = await askMetadata(metadataPath);
  return (Object.hasOwn(metadata, name) ? metadata[name] : undefined)?.[0];
}

function matching(metric: string, matchers?: Matchers, label?: string): URLSearchParams {
  if (metric === "") return new URLSearchParams();
  return new URLSearchParams({ "match[]": expandQuery(labelMatchersToString(metric, matchers, label), instantContext()) });
}

/** Asks an address of the Prometheus API, and again only when its answer has got old. A failure is not kept. */
function keeper<T>(): (path: string, query?: URLSearchParams) => Promise<T> {
  const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<T> }>();
  return async (path, query) => {
    const url = query === undefined || query.size === 0 ? path : `${path}?${query.toString()}`;
    const known = answers.get(url);
    if (known !== undefined && Date.now() - known.atMs < keptMs) return known.answer;
    const answer = getJson<{ readonly data: T }>(url).then(({ data }) => data);
    answers.delete(url);
    answers.set(url, { atMs: Date.now(), answer });
    const [oldest] = answers.keys();
    if (answers.size > addressesMax && oldest !== undefined) answers.delete(oldest);
    try {
      return await answer;
    } catch (error) {
      answers.delete(url);
      throw error;
    }
  };
}
