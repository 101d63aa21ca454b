/**
 * The writer's upkeep: what is done between ticks, step by step. Sealing has its turn between any two steps of the rest, or a head would
 * overflow while tiers are built.
 */
import type { Logger } from "../core/logger.ts";
import type { Catalog } from "./catalog/catalog.ts";
import type { OpenPartitions } from "./partition/open-partitions.ts";
import type { ReceivedFiles } from "./received/received-files.ts";
import { receivedFileMs } from "./received/received-schema.ts";
import type { Reserve } from "./reserve.ts";
import type { Retention } from "./retention.ts";
import type { AnnotationWriter } from "./state/annotations.ts";
import type { CompleteTo, TierBuilder } from "./tier/tier-builder.ts";

export interface UpkeepParts {
  readonly logger: Logger;
  readonly maxSeries: number;
  readonly partitions: OpenPartitions;
  readonly received: ReceivedFiles;
  readonly tiers: TierBuilder;
  readonly retention: Retention;
  readonly reserve: Reserve;
  readonly catalog: Catalog;
  readonly annotations: AnnotationWriter;
}

/** From this share of `maxSeries` on, series that have ended go although the tiers have them: new ones must find room. */
const crowdedShare = 0.8;

/** After so long hardly anything more is received of a time, ms: building tiers anew costs as much as building them. */
const latenessMs = 600_000;

export class Upkeep {
  readonly #parts: UpkeepParts;
  /** What has begun; it is continued by the next step. */
  #sealing: Generator<void> | null = null;
  #rest: Generator<void> | null = null;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** One step; true when nothing is left to do. */
  step(nowMs: number): boolean {
    this.#sealing ??= this.#seal();
    if (this.#sealing.next().done !== true) return false;
    this.#sealing = null;
    this.#rest ??= this.#upkeep(nowMs);
    if (this.#rest.next().done !== true) return false;
    this.#rest = null;
    return true;
  }

  /** Begun sealing holds ticks. Whoever seals or closes in between must end it, or they would be sealed twice. */
  dropSealing(): void {
    this.#sealing?.return(undefined);
    this.#sealing = null;
  }

  /** Ends everything that has begun. */
  drop(): void {
    this.dropSealing();
    this.#rest?.return(undefined);
    this.#rest = null;
  }

  *#seal(): Generator<void> {
    yield* this.#parts.partitions.upkeep();
    yield* this.#parts.received.seal();
  }

  *#upkeep(nowMs: number): Generator<void> {
    const { received, tiers, reserve } = this.#parts;
    // Otherwise last, because sealing and tiers are what lets files go.
    if (reserve.isFull) yield* this.#retain(nowMs);
    yield* received.merge(nowMs);
    yield* tiers.build(this.#completeTo(nowMs));
    yield* this.#retain(nowMs);
    yield* reserve.make();
  }

  #completeTo(nowMs: number): CompleteTo {
    const { partitions, received } = this.#parts;
    const hardlyMoreMs = nowMs - latenessMs;
    // Where samples still come, however old they are, the tiers wait: for a file's time, then they are built whatever comes.
    const receivedToMs = Math.min(hardlyMoreMs, Math.max(received.fillingFromMs, hardlyMoreMs - receivedFileMs));
    const collectedToMs = partitions.sealedToMs ?? -Infinity;
    // Without a tick that waits, nothing more comes of a time that is over: where only others' samples are, that is what ends it.
    const isIdle = partitions.headSamples === 0 && received.starts().length > 0;
    return { collectedToMs: isIdle ? Math.max(collectedToMs, receivedToMs) : collectedToMs, receivedToMs };
  }

  *#retain(nowMs: number): Generator<void> {
    const { partitions, received, retention, tiers } = this.#parts;
    const open = new Set([...partitions.paths, ...received.paths]);
    const isSettled = (fileStartMs: number): boolean => received.isSettled(fileStartMs);
    if (yield* retention.apply({ nowMs, open, tieredToMs: tiers.builtToMs, isSettled })) yield* this.#forget(open);
  }

  /** Series that neither a file of samples nor a tier has, and annotations from before all of them. */
  *#forget(open: ReadonlySet<string>): Generator<void> {
    const { logger, maxSeries, partitions, received, retention, tiers, catalog, annotations } = this.#parts;
    const oldest = retention.oldestFile();
    if (oldest === null || open.has(oldest.path)) return;
    // Files of the tiers may be among what went.
    tiers.forgetMembers();
    const tiered = yield* tiers.members();
    annotations.prune(Math.min(oldest.startMs, tiered.fromMs));
    // A head may have samples of series that the catalogue has not noted yet.
    partitions.noteHeads();
    received.noteUnsealed();
    const isCrowded = catalog.size > crowdedShare * maxSeries;
    if (isCrowded) {
      logger.warn("there are so many series that those without raw samples are forgotten, with their summaries", {
        series: catalog.size,
        max: maxSeries,
      });
    }
    yield* catalog.sweep(oldest.startMs, isCrowded ? undefined : tiered.has);
  }
}
