/** What an agent's store has for its hub beside the samples. */
import type { Logger } from "../../../core/logger.ts";
import { storedSpans } from "../spans/stored-spans.ts";
import { hubPlace } from "../place-of.ts";
import type { HubDestinationOptions } from "./hub-destination.ts";
import { ownSpans } from "./own-spans.ts";
import { storedEvents } from "./stored-events.ts";

export interface StoredPagesOptions {
  readonly dataDir: string;
  /** Whose events and spans they are: a hub that reports to another one has those of its agents too. */
  readonly node: string;
  readonly logger: Logger;
}

export function storedPages(
  options: StoredPagesOptions,
): Pick<NonNullable<HubDestinationOptions["beside"]>, "events" | "spans"> {
  const { node } = options;
  return {
    events: storedEvents(options),
    spans: storedSpans({ ...options, destination: hubPlace, select: (spans) => ownSpans(spans, node) }),
  };
}
