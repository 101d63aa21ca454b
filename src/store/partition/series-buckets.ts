/** Wanted series by the bucket whose blocks they are in. */
import type { SeriesRef } from "../../core/storage.ts";
import { seriesPerBlock } from "../codec/block.ts";
import { bucketOf } from "./partition-schema.ts";

/** A series that is wanted of a bucket: its place in the list that was asked for, and in the bucket. */
export interface Member {
  readonly position: number;
  readonly slot: number;
}

/** Bucket → the wanted series in it. */
export type Buckets = ReadonlyMap<number, readonly Member[]>;

export function byBucket(refs: readonly SeriesRef[]): Buckets {
  return Map.groupBy(
    refs.map((ref, position) => ({ position, slot: ref % seriesPerBlock, bucket: bucketOf(ref) })),
    ({ bucket }) => bucket,
  );
}
