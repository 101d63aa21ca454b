/**
 * Looks whether a database's log was damaged, before SQLite opens it. SQLite takes a log in up to the first frame whose checksum is
 * wrong and says nothing about the rest, because that is also how a commit looks that a crash has cut off. What it leaves out was
 * acknowledged, if the damage came later.
 *
 * What can be told: frames of this log behind a damaged one are lost; a damaged last frame may be a commit that was never acknowledged
 * (a power loss, or a kill between two writes), or one that was. What cannot: a log that was cut at the end of a commit, or to nothing.
 *
 * ```
 * header  magic u32 | version u32 | page size u32 | checkpoint u32 | salt 2 × u32 | checksum 2 × u32          big-endian
 * frame   page u32 | pages after a commit, else 0 u32 | salt 2 × u32 | checksum 2 × u32 | page
 * ```
 * Each checksum continues the one before. Frames with other salts are from before the log was last begun anew. Source:
 * sqlite.org/fileformat2.html, 4.1 and 4.2.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface WalFault {
  /**
   * `open`: whole frames of a commit that had not ended, as a kill leaves them; nothing is lost. `cut`: the last frame is damaged.
   * `hole`: frames after a damaged one, or all of them, are.
   */
  readonly kind: "open" | "cut" | "hole";
  /** When the log was written to last, ms since the epoch. */
  readonly writtenMs: number;
}

const headerBytes = 32;
const frameHeaderBytes = 24;
/** Without its lowest bit, which is set where checksums are made of big-endian words. */
const magic = 0x377f0682;

/** Of the log beside the database at `path`; `null` where there is none, or it ends with a commit. */
export function scanWal(path: string): WalFault | null {
  let file: number;
  try {
    file = openSync(`${path}-wal`, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    const { size, mtimeMs } = fstatSync(file);
    const kind = size === 0 ? null : faultOf(file, size);
    return kind === null ? null : { kind, writtenMs: Math.ceil(mtimeMs) };
  } finally {
    closeSync(file);
  }
}

function faultOf(file: number, size: number): WalFault["kind"] | null {
  const header = read(file, 0, headerBytes);
  if (header.byteLength < headerBytes) return "cut";
  const sum = new Checksum((header.getUint32(0) & 1) === 0);
  sum.add(header, 0, 24);
  if ((header.getUint32(0) & ~1) !== magic || !sum.equals(header, 24)) return "hole";

  const frameBytes = frameHeaderBytes + header.getUint32(8);
  let at = headerBytes;
  let isCommitted = true;
  for (; at < size; at += frameBytes) {
    const frame = read(file, at, frameBytes);
    if (frame.byteLength < frameBytes || !hasSalts(frame, header)) break;
    sum.add(frame, 0, 8);
    sum.add(frame, frameHeaderBytes, frameBytes - frameHeaderBytes);
    if (!sum.equals(frame, 16)) break;
    isCommitted = frame.getUint32(4) !== 0;
  }
  const isDamaged = at < size && isOwn(read(file, at, frameHeaderBytes), header);
  for (at += frameBytes; at < size; at += frameBytes) if (isOwn(read(file, at, frameHeaderBytes), header)) return "hole";
  if (isDamaged) return "cut";
  return isCommitted ? null : "open";
}

function hasSalts(frame: DataView, header: DataView): boolean {
  return frame.getUint32(8) === header.getUint32(16) && frame.getUint32(12) === header.getUint32(20);
}

/** Whether a damaged frame is of this log: another log has both salts different, and is never cut off. */
function isOwn(frame: DataView, header: DataView): boolean {
  if (frame.byteLength < 16) return true;
  return frame.getUint32(8) === header.getUint32(16) || frame.getUint32(12) === header.getUint32(20);
}

function read(file: number, at: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  return new DataView(bytes.buffer, 0, readSync(file, bytes, 0, length, at));
}

/** The running checksum over header and frames. */
class Checksum {
  readonly #littleEndian: boolean;
  #first = 0;
  #second = 0;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  /** `length`: a multiple of 8. */
  add(view: DataView, start: number, length: number): void {
    for (let at = start; at < start + length; at += 8) {
      this.#first = (this.#first + view.getUint32(at, this.#littleEndian) + this.#second) >>> 0;
      this.#second = (this.#second + view.getUint32(at + 4, this.#littleEndian) + this.#first) >>> 0;
    }
  }

  equals(view: DataView, at: number): boolean {
    return view.getUint32(at) === this.#first && view.getUint32(at + 4) === this.#second;
  }
}
