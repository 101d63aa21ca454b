/** Everything that observers have stored beside samples, of this node: events, spans, exemplars. What is no such thing, or too long, is left out and counted. */
import type { SeriesExemplars } from "../../../core/exemplar.ts";
import type { Logger } from "../../../core/logger.ts";
import { eventLimits, isStorable, type NodeEvent, type StoredEvent } from "../../../core/node-event.ts";
import { isStorableSpan, observedSource, type ObservedSpan, spanOf } from "../../../core/observed-span.ts";
import type { Span, TelemetrySource } from "../../../core/span.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import type { DoorTally } from "../door.ts";
import { MomentBuffer } from "./moment-buffer.ts";

export interface ObservedTelemetryOptions {
  /** The node that all of it is of. */
  readonly node: string;
  /** Kinds of events that a domain declares. */
  readonly eventKinds: readonly string[];
  /** Opened with the first write. */
  readonly telemetry: () => Pick<TelemetrySink, "addEvents" | "addSpans" | "addExemplars">;
  readonly tally: DoorTally;
  readonly logger: Logger;
}

/** Programs of one node whose resource is kept; at the bound all are made anew. */
const sourcesMax = 256;

export class ObservedTelemetry {
  readonly #options: ObservedTelemetryOptions;
  readonly #kinds: ReadonlySet<string>;
  readonly #events: MomentBuffer<StoredEvent>;
  readonly #spans: MomentBuffer<Span>;
  readonly #exemplars: MomentBuffer<SeriesExemplars>;
  readonly #sources = new Map<string, TelemetrySource>();

  constructor(options: ObservedTelemetryOptions) {
    const { telemetry, tally, logger } = options;
    this.#options = options;
    this.#kinds = new Set(options.eventKinds);
    this.#events = new MomentBuffer({ kind: "events", write: (events) => telemetry().addEvents(events), tally, logger });
    this.#spans = new MomentBuffer({ kind: "spans", write: (spans) => telemetry().addSpans(spans), tally, logger });
    this.#exemplars = new MomentBuffer({ kind: "exemplars", write: (all) => telemetry().addExemplars(all), tally, logger });
  }

  /** Of several with one kind, subject and key the last one counts. Throws for a kind that no domain declares. */
  addEvent(event: NodeEvent): void {
    const { kind, subject, key, timeMs, fields } = event;
    if (!this.#kinds.has(kind)) throw new Error(`no domain declares events of the kind ${kind}`);
    if (!isStorable(event)) {
      this.#refuse("an event was left out: it is too long or no Unicode, or its time is none", {
        kind,
        subject: subject.slice(0, eventLimits.name),
      });
      return;
    }
    this.#events.put(JSON.stringify([kind, subject, key]), { node: this.#options.node, kind, subject, key, timeMs, fields });
  }

  /** Of several with one trace id, span id and start the last one counts. */
  addSpan(span: ObservedSpan): void {
    if (!isStorableSpan(span)) {
      this.#refuse("a span was left out: it is too long, or its ids or times are none", { name: span.name.slice(0, 64) });
      return;
    }
    this.#spans.put(`${span.traceId}${span.spanId}${span.startNs}`, spanOf(span, this.#sourceOf(span.service)));
  }

  /** `series`: as the data thread stores it. */
  addExemplar({ series, exemplars }: SeriesExemplars): void {
    this.#exemplars.put(JSON.stringify([series, exemplars]), { series, exemplars });
  }

  /** Writes what waits. */
  flush(): void {
    for (const buffer of [this.#events, this.#spans, this.#exemplars]) buffer.flush();
  }

  #sourceOf(service: string): TelemetrySource {
    const source = this.#sources.get(service) ?? observedSource(this.#options.node, service);
    if (this.#sources.size >= sourcesMax) this.#sources.clear();
    this.#sources.set(service, source);
    return source;
  }

  #refuse(why: string, about: Readonly<Record<string, string>>): void {
    this.#options.tally.refused("invalid", 1);
    this.#options.logger.debug(why, about);
  }
}
