/** The bytes that name a series: those of its labels as remote write 1.0 writes them. */
export interface SeriesKey {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  from: number;
  to: number;
}
