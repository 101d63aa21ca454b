/** What the intake thread answers, and what it asks of the data thread. */
import type { Annotation } from "../../core/annotation.ts";
import type { Config } from "../../core/config.ts";
import type { DoorName } from "../../core/intake.ts";
import type { ReceivedSamples } from "../../core/storage.ts";
import type { DoorAnswer, DoorRequest } from "./door.ts";
import type { ObservedChange } from "./observe/observed-change.ts";
import type { ScrapeApi } from "./scrape/api.ts";

export interface IntakeApi extends ScrapeApi {
  /** Never rejects for what is in the request. `NOT_FOUND`: no such door is built. */
  receive(door: DoorName, request: DoorRequest): Promise<DoorAnswer>;
  /** Takes over a changed configuration. */
  reconfigure(config: Config): Promise<void>;
  /** Has the domains' observers watch, from now on as long as the thread lives; asking again changes nothing. */
  observe(): Promise<void>;
  /** Closes the observers; resolves when what they have told is written. */
  endObserving(): Promise<void>;
}

/** What became of series that were to be numbered, in the order asked for. */
export interface ResolvedSeries {
  /** Of a refused one without a meaning. */
  readonly refs: Uint32Array;
  /** By place in the list: those that the store, or their node, has no room for. */
  readonly refusals: ReadonlyMap<number, string>;
}

/** The data thread's side of the intake's own port. Everything it was asked for ends with the port. */
export interface ReceiveApi {
  /** `keys`: of `labelsKey`. Each series is held for the intake once more, until `release`. */
  resolve(keys: readonly string[]): Promise<ResolvedSeries>;
  /** Gives up one hold of each. */
  release(refs: Uint32Array): Promise<void>;
  /** Answers when the samples are on the disk. Errors: `STORE_FULL` and the store's others; nothing is stored then. */
  store(samples: ReceivedSamples): Promise<void>;
  annotate(annotation: Annotation): void;
  /** Takes over how what an observer holds has changed; `false`: what it builds on is not known, the observer is to tell all anew. */
  observed(change: ObservedChange): boolean;
}
