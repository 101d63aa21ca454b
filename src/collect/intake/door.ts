/**
 * A door: takes what others send, decodes it, and answers once it is stored. All doors live in the intake thread; `serve/ingest` hands
 * them bodies as they came, and sends back what they answer. A new one: its name in `core/intake.ts`, its line in `intake-service.ts`.
 */
import type { ClockOffset } from "../../core/agent-record.ts";
import type { Annotation } from "../../core/annotation.ts";
import type { Clock } from "../../core/clock.ts";
import type { Config } from "../../core/config.ts";
import type { ReceivedKind, RefusalReason } from "../../core/intake.ts";
import type { Logger } from "../../core/logger.ts";
import type { TelemetrySink } from "../../core/telemetry-sink.ts";
import type { IntakeSink } from "./sink.ts";

export interface DoorRequest {
  /** As it was sent; empty where it was not. The same for the encoding. */
  readonly contentType: string;
  readonly contentEncoding: string;
  /** Those that the door's route passes on, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came, compressed where it is. The door may do with it what it likes. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** The only node whose samples the caller's token may write; `null` where it may write all. */
  readonly node: string | null;
}

export interface DoorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Its own memory: it is moved to the main thread. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Counted as a failure of ours, although the status asks the sender to come again. Left out: as the status says. */
  readonly isFailure?: boolean;
}

export interface Door {
  /**
   * Answers when what was taken is on the disk. What is wrong with the request is an answer too; a rejection is a failure of ours, or one
   * of the sink's errors (`STORE_FULL`, `UNAVAILABLE`), which the service answers with their status.
   * `weigh` is to be told how many bytes the body has once it is unpacked, before anything is waited for.
   */
  answer(request: DoorRequest, weigh?: (bytes: number) => void): Promise<DoorAnswer>;
  /** Called once a minute, also when nothing comes: forgets series that are not sent any more, which the data thread holds for it. */
  keepUp?(): void;
  /** How far this machine's clock is ahead of that agent's; `null` where that is not known. Only the door of agents knows any. */
  clockOf?(node: string): ClockOffset | null;
  close?(): void;
}

/** Counts for the door's metrics. */
export interface DoorTally {
  received(kind: ReceivedKind, count: number): void;
  refused(reason: RefusalReason, count: number): void;
}

/** What a door works with. */
export interface DoorContext {
  readonly sink: IntakeSink;
  /** Puts a mark on the time axis; one that could not be put is in the log. */
  readonly annotate: (annotation: Annotation) => void;
  readonly dataDir: string;
  /** The id of the node that the door is on. */
  readonly node: string;
  /** Opened when it is first asked for: most nodes store nothing but samples. */
  readonly telemetry: () => TelemetrySink;
  /** The configuration in force; it changes on reload. */
  readonly config: () => Config;
  readonly tally: DoorTally;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type OpenDoor = (context: DoorContext) => Door;

/** An answer in plain text, or without a body. */
export function textAnswer(status: number, text = "", headers: Readonly<Record<string, string>> = {}): DoorAnswer {
  const body = new TextEncoder().encode(text);
  return { status, headers: text === "" ? headers : { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}
