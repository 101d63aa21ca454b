/** What people look for in spans: kinds of searches, each for some of what the corpus has, or has not. */
import { attributeText } from "../../src/core/attribute-text.ts";
import type { Span } from "../../src/core/span.ts";
import { serviceOf } from "../../src/core/telemetry-source.ts";
import type { SearchWish } from "./trace-search-child.ts";

/** A span that searches are for. */
export interface SampleSpan {
  readonly service: string;
  readonly name: string;
  readonly host: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export function sampleOf({ source, name, attributes }: Span): SampleSpan {
  const texts = Object.entries(attributes).map(([key, value]) => [key, attributeText(value)] as const);
  return {
    service: serviceOf(source.resource),
    host: attributeText(source.resource["host.name"] ?? null),
    name,
    attributes: Object.fromEntries(texts),
  };
}

type Conditions = Omit<SearchWish, "fromNs" | "toNs">;

const attribute = ({ attributes }: SampleSpan, key: string): { readonly key: string; readonly value: string } => ({
  key,
  value: attributes[key] ?? "",
});
const ms = (count: number): string => String(count * 1_000_000);

export const searchKinds: Readonly<Record<string, (sample: SampleSpan) => Conditions>> = {
  newest: () => ({}),
  service: ({ service }) => ({ service }),
  operation: ({ service, name }) => ({ service, name }),
  failed: () => ({ status: "error" }),
  failedOfOperation: ({ service, name }) => ({ service, name, status: "error" }),
  slow: ({ service }) => ({ service, minDurationNs: ms(200) }),
  rarelySlow: ({ service, name }) => ({ service, name, minDurationNs: ms(400) }),
  slowAndFailed: ({ service }) => ({ service, status: "error", minDurationNs: ms(200) }),
  node: ({ host }) => ({ node: host, status: "error" }),
  transaction: (sample) => ({ attributes: [attribute(sample, "tx.hash")] }),
  request: (sample) => ({ attributes: [attribute(sample, "request.id")] }),
  user: (sample) => ({ attributes: [attribute(sample, "enduser.id")] }),
  userOfService: (sample) => ({ service: sample.service, attributes: [attribute(sample, "enduser.id")] }),
  commonAttribute: (sample) => ({ attributes: [attribute(sample, "http.route")] }),
  twoAttributes: (sample) => ({
    name: sample.name,
    attributes: [attribute(sample, "thread.id"), attribute(sample, "server.address")],
  }),
  notThere: (sample) => ({
    attributes: [{ key: "request.id", value: `${sample.attributes["request.id"]}0` }],
  }),
  notThereAnyMore: ({ service }) => ({ service, minDurationNs: ms(3_600_000) }),
};
