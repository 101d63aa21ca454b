/** What the forward thread answers, and what it tells the main thread. */
import type { Annotation } from "../../core/annotation.ts";
import type { Config } from "../../core/config.ts";
import type { DestinationFacts } from "../../core/forward.ts";

export interface ForwardApi {
  /** Begins to send to what the configuration names; resolves when it has begun. */
  start(): Promise<void>;
  /** Takes over a changed configuration: destinations that stay as they are go on undisturbed. */
  reconfigure(config: Config): Promise<void>;
  /** Sends what is there already, for at most `drainMs`, and remembers how far that has come. */
  stop(drainMs: number): Promise<void>;
}

/** Served by the main thread. */
export interface ForwardHost {
  annotate(annotation: Annotation): Promise<void>;
  /** Once a second: of all destinations. */
  reportForward(destinations: readonly DestinationFacts[]): Promise<void>;
  /** The engine that keeps the samples has taken some up to this time, ms since the epoch. */
  engineHas(newestMs: number): void;
}
