/** Events of an agent (docs/agent-protocol.md): stored as its node's, whatever node they say. */
import { z } from "zod";
import type { NodeEvent } from "../../../core/node-event.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import { DamagedFileError } from "../../../store/database.ts";
import { eventPage } from "../../agent-protocol/event-page.ts";

/** Of 500 wrong events the first ones say what is wrong. */
const messageCharsMax = 500;

export interface ReceivedEvents {
  readonly node: string;
  readonly events: readonly NodeEvent[];
}

/** `tokenNode`: the node that the sender's token is for; `null` where it may write all. Throws `DamagedFileError`. */
export function readEventPage(parsed: unknown, tokenNode: string | null): ReceivedEvents {
  const page = eventPage.safeParse(parsed);
  if (!page.success) throw new DamagedFileError(z.prettifyError(page.error).slice(0, messageCharsMax));
  return { node: tokenNode ?? page.data.node, events: page.data.events };
}

/** On return they are on the disk. What is there under the same kind, subject and key is replaced. Throws `STORE_FULL`. */
export function storeEvents(sink: TelemetrySink, { node, events }: ReceivedEvents): void {
  sink.addEvents(events.map((event) => ({ ...event, node })));
  sink.sync();
}
