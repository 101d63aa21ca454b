/** Pages of what is stored beside samples, as connections after Relay's specification. */
import { ChainPulseError } from "../../core/errors.ts";
import type { Listed, PageOf, PageWish } from "../../core/telemetry-reader.ts";
import type { Warned } from "../../query/telemetry/api.ts";
import { pageItemsMax } from "../telemetry/fields.ts";

/** What a client did not send is `null` or not there. */
export interface TelemetryPage {
  readonly first: number;
  readonly after?: string | null;
}

/** Errors: `BAD_REQUEST`. */
export function pageOf({ first, after }: TelemetryPage): PageWish {
  if (first < 1 || first > pageItemsMax) throw new ChainPulseError("BAD_REQUEST", `first is not from 1 to ${pageItemsMax}`);
  return { limit: first, cursor: after ?? null };
}

/** `endCursor` is where the search has come to, which is behind the last edge where it took long. */
export function telemetryConnection<T>(
  { items, next, warnings }: PageOf<Listed<T>> & Warned,
  shape: (item: T) => unknown,
  { after }: TelemetryPage,
): unknown {
  return {
    edges: items.map(({ cursor, item }) => ({ cursor, node: shape(item) })),
    pageInfo: {
      hasNextPage: next !== null,
      hasPreviousPage: (after ?? null) !== null,
      startCursor: items[0]?.cursor ?? null,
      endCursor: next ?? items.at(-1)?.cursor ?? null,
    },
    warnings,
  };
}
