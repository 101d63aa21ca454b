/** What resolvers work with. */
import type { ServeContext } from "../context.ts";
import type { ValueAllowance } from "../rest/history.ts";

// A type and not an interface: the libraries ask for an index signature, which only type aliases have implicitly.
export type GraphqlContext = {
  readonly serve: ServeContext;
  /** Whether the caller may still have what it subscribed to. */
  readonly mayRead: () => boolean;
  /** Values that all `series` of the operation may have together. */
  readonly values: ValueAllowance;
  /** Aborted when the client of a single answer has gone; `null` for what streams on. */
  readonly gone: AbortSignal | null;
};
