/** The outbox's directory: `outbox/<first number>.seg`, and two small files of what its two threads have to tell each other. */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { bodyHeaderBytes, frameHeaderBytes, readSegmentHead, segmentHeaderBytes } from "./segment-format.ts";

export interface Segment {
  /** Number of its first record; records of a segment have this one or a greater one, and less than the next segment's. */
  readonly firstSeq: number;
  readonly path: string;
}

const namePattern = /^(\d{16})\.seg$/;
const asidePattern = /^(\d{16})\.seg\.corrupt$/;

export function outboxDir(dataDir: string): string {
  return join(dataDir, "outbox");
}

export function segmentAt(dataDir: string, firstSeq: number): Segment {
  return { firstSeq, path: join(outboxDir(dataDir), `${String(firstSeq).padStart(16, "0")}.seg`) };
}

/** Oldest first; empty where there is no outbox. */
export function listSegments(dataDir: string): readonly Segment[] {
  const names = orMissing(() => readdirSync(outboxDir(dataDir))) ?? [];
  return names
    .flatMap((name) => {
      const digits = namePattern.exec(name)?.[1];
      return digits === undefined ? [] : [{ firstSeq: Number(digits), path: join(outboxDir(dataDir), name) }];
    })
    .sort((a, b) => a.firstSeq - b.firstSeq);
}

/** First numbers of the segments that were set aside. */
export function listAsideSeqs(dataDir: string): readonly number[] {
  const names = orMissing(() => readdirSync(outboxDir(dataDir))) ?? [];
  return names.flatMap((name) => {
    const digits = asidePattern.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
}

/** Bytes of the file, 0 where it has gone. */
export function segmentBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

export interface SegmentFacts {
  /** When it was begun and when it was written to last, ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly samplesBefore: number;
}

/** Throws what the system throws. Of a damaged head nothing is known but when the file was written to last. */
export function segmentFacts(path: string): SegmentFacts {
  const file = openSync(path, "r");
  try {
    const toMs = Math.ceil(fstatSync(file).mtimeMs);
    const bytes = new Uint8Array(segmentHeaderBytes);
    const head = readSync(file, bytes, 0, bytes.length, 0) === bytes.length ? readSegmentHead(bytes) : null;
    return { fromMs: Math.min(head?.beganMs ?? toMs, toMs), toMs, samplesBefore: head?.samplesBefore ?? 0 };
  } finally {
    closeSync(file);
  }
}

/** What the heads of the frames say; what is behind a damaged one is not counted. */
export interface SegmentCount {
  readonly samples: number;
  /** Of the last record, `null` where there is none. */
  readonly lastSeq: number | null;
}

/** Counts the samples of records after `afterSeq`, by the heads alone. Throws what the system throws. */
export function countSamples(path: string, afterSeq: number): SegmentCount {
  const file = openSync(path, "r");
  try {
    const head = new DataView(new ArrayBuffer(frameHeaderBytes + bodyHeaderBytes));
    const bytes = new Uint8Array(head.buffer);
    let samples = 0;
    let lastSeq: number | null = null;
    const size = segmentBytes(path);
    for (let at = segmentHeaderBytes; readSync(file, bytes, 0, bytes.length, at) === bytes.length;) {
      const end = at + frameHeaderBytes + head.getUint32(0, true);
      // A frame that is not there as a whole was never acknowledged.
      if (end > size || end <= at + frameHeaderBytes) break;
      const seq = head.getFloat64(frameHeaderBytes + 8, true);
      if (seq > 0) lastSeq = seq;
      if (seq > afterSeq) samples += head.getUint32(frameHeaderBytes + 4, true);
      at = end;
    }
    return { samples, lastSeq };
  } finally {
    closeSync(file);
  }
}

/** Sets a damaged segment aside; where it has gone already there is nothing to do. */
export function setSegmentAside(path: string): void {
  orMissing(() => renameSync(path, `${path}.corrupt`));
}

export function removeSegment(path: string): void {
  rmSync(path, { force: true });
}

/**
 * Writes a small file as a whole: a kill leaves the old or the new one. Not synced: after a power loss it may be an older one, and what
 * it says is only ever too little.
 */
export function writeNote(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The text of a file, `null` where there is none. */
export function readNote(path: string): string | null {
  return orMissing(() => readFileSync(path, "utf8"));
}

/** What comes of it; `null` where the file is not there: the other thread may have deleted it since it was listed. */
export function orMissing<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
