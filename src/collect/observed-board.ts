/** What observers hold, in the data thread: one collector per observer writes it into every tick. */
import type { Clock } from "../core/clock.ts";
import type { CollectorDeclaration } from "../core/collector.ts";
import type { ObserverDeclaration } from "../core/observer.ts";
import type { ObservedChange } from "./intake/observe/observed-change.ts";
import { ObservedSource } from "./observed-source.ts";

/** One intake thread's way to the board. */
export interface ObserveLink {
  /** Takes a message over. `false`: what it builds on is not known here; the observer is to tell all anew. */
  apply(change: ObservedChange): boolean;
  /** The thread has ended: what it held are no values any more. */
  close(): void;
}

export class ObservedBoard {
  readonly #sources: ReadonlyMap<string, ObservedSource>;

  constructor(observers: readonly ObserverDeclaration[], clock: Clock) {
    this.#sources = new Map(observers.map((declaration) => [declaration.id, new ObservedSource(declaration, clock)]));
  }

  get collectors(): readonly CollectorDeclaration[] {
    return Array.from(this.#sources.values(), (source) => source.collector);
  }

  link(): ObserveLink {
    const session = Symbol("intake");
    return {
      apply: (change) => this.#sources.get(change.observer)?.apply(session, change) ?? false,
      close: () => {
        for (const source of this.#sources.values()) source.end(session);
      },
    };
  }
}
