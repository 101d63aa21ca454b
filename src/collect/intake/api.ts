/** What the intake thread answers, and what it asks of the data thread. */
import type { Annotation } from "../../core/annotation.ts";
import type { Config } from "../../core/config.ts";
import type { DoorName } from "../../core/intake.ts";
import type { ReceivedSamples } from "../../core/storage.ts";
import type { DoorAnswer, DoorRequest } from "./door.ts";
import type { ScrapeApi } from "./scrape/api.ts";

export interface IntakeApi extends ScrapeApi {
  /** Never rejects for what is in the request. `NOT_FOUND`: no such door is built. */
  receive(door: DoorName, request: DoorRequest): Promise<DoorAnswer>;
  /** Takes over a changed configuration. */
  reconfigure(config: Config): Promise<void>;
}

/** What became of series that were to be numbered, in the order asked for. */
export interface ResolvedSeries {
  /** Of a refused one without a meaning. */
  readonly refs: Uint32Array;
  /** By place in the list. */
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
}
