/**
 * All rows of one trace, from all files: of a span that came again only the last one. Rows lead to facts where those lie, because a trace may
 * have very many spans.
 */
import type { ReadAllowance } from "../../core/telemetry-reader.ts";
import type { SpanFacts } from "./span-facts.ts";
import { nsBetween, type SpanTimes } from "./span-times.ts";
import { mixed } from "./term-filter.ts";
import type { TraceFile } from "./trace-file.ts";

/** A file that has spans of the trace, under that number. */
export interface TraceInFile {
  readonly file: TraceFile;
  readonly trace: number;
}

/** A chunk with spans of the trace. */
export interface TracePart {
  readonly file: TraceFile;
  readonly chunk: number;
  readonly facts: SpanFacts;
  readonly times: SpanTimes;
}

/** In no order. */
export interface TraceRows {
  readonly count: number;
  readonly parts: readonly TracePart[];
  /** Of each row: the number of its part, and its place there. */
  readonly part: Uint32Array;
  readonly place: Uint32Array;
}

/** Rows of one trace that are looked at: half a minute of a request that is traced wrongly would otherwise fill the memory. */
const rowsMax = 1_000_000;

/** `files`: newest first. Of a trace with more than a million rows the newest are looked at, and a note says so. */
export function rowsOf(traceId: string, files: readonly TraceInFile[], allowance: ReadAllowance): TraceRows {
  const parts: TracePart[] = [];
  const found: (readonly number[])[] = [];
  let total = 0;
  for (const { file, trace } of files) {
    for (const chunk of file.chunksOf(trace).toReversed()) {
      allowance.check();
      if (total >= rowsMax) {
        allowance.note(`trace ${traceId} has more than ${rowsMax} spans: those that came first are left out`);
        return latest(parts, found, total);
      }
      const [facts, times] = [file.factsOf(chunk), file.timesOf(chunk)];
      if (facts === null || times === null) continue;
      const places = placesOf(facts, trace);
      parts.push({ file, chunk, facts, times });
      found.push(places);
      total += places.length;
    }
  }
  return latest(parts, found, total);
}

/** Last ones first. */
function placesOf({ traces, count }: SpanFacts, trace: number): readonly number[] {
  const places: number[] = [];
  for (let place = count - 1; place >= 0; place--) if (traces[place] === trace) places.push(place);
  return places;
}

/**
 * Leaves out rows that one before them, which came later, has replaced: it has the same span id and start, and is of the same node. Ids of
 * flows' spans can be worked out by anybody, and an agent is not to replace what another one has seen.
 */
function latest(parts: readonly TracePart[], found: readonly (readonly number[])[], total: number): TraceRows {
  const part = new Uint32Array(total);
  const place = new Uint32Array(total);
  // Open addressing, at most half full; 0: free.
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * total + 1)));
  const owners = new OwnerNumbers();
  const ownerOfRow = new Uint32Array(total);
  let count = 0;
  const isSame = (row: number, { times }: TracePart, at: number, owner: number): boolean =>
    ownerOfRow[row] === owner && isSameSpan(times, at, parts[part[row] ?? 0]?.times ?? times, place[row] ?? 0);
  for (const [number, own] of parts.entries()) {
    const ownerOf = owners.of(own.file);
    for (const at of found[number] ?? []) {
      const owner = ownerOf(own.facts.sources[at] ?? 0);
      let slot = hashAt(own.times, at, owner) & (slots.length - 1);
      let other = slots[slot] ?? 0;
      while (other > 0 && !isSame(other - 1, own, at, owner)) {
        slot = (slot + 1) & (slots.length - 1);
        other = slots[slot] ?? 0;
      }
      if (other > 0) continue;
      part[count] = number;
      place[count] = at;
      ownerOfRow[count] = owner;
      slots[slot] = ++count;
    }
  }
  return { count, parts, part: part.subarray(0, count), place: place.subarray(0, count) };
}

/** The nodes that spans are of, numbered over all files. */
class OwnerNumbers {
  readonly #byFile = new Map<TraceFile, Map<number, number>>();
  readonly #byOwner = new Map<string, number>();

  /** From the number of a source in the file to that of its node. */
  of(file: TraceFile): (source: number) => number {
    const bySource = this.#byFile.get(file) ?? new Map<number, number>();
    this.#byFile.set(file, bySource);
    return (source) => {
      const known = bySource.get(source);
      if (known !== undefined) return known;
      const owner = this.#numberOf(file.ownerOf(source));
      bySource.set(source, owner);
      return owner;
    };
  }

  #numberOf(owner: string): number {
    const number = this.#byOwner.get(owner) ?? this.#byOwner.size;
    this.#byOwner.set(owner, number);
    return number;
  }
}

function hashAt({ idWords, startWords }: SpanTimes, place: number, owner: number): number {
  const [low, high] = [2 * place, 2 * place + 1];
  const id = Math.imul(idWords[low] ?? 0, 0x85eb_ca6b) ^ (idWords[high] ?? 0);
  const start = Math.imul(startWords[low] ?? 0, 0xc2b2_ae35) ^ (startWords[high] ?? 0);
  return mixed(id ^ Math.imul(start ^ owner, 0x9e37_79b1));
}

function isSameSpan(a: SpanTimes, atA: number, b: SpanTimes, atB: number): boolean {
  return (
    a.idWords[2 * atA] === b.idWords[2 * atB] &&
    a.idWords[2 * atA + 1] === b.idWords[2 * atB + 1] &&
    a.startNs[atA] === b.startNs[atB]
  );
}

/** The facts that a row is in, and where. */
export interface RowFacts {
  readonly part: TracePart;
  readonly place: number;
}

export function rowAt({ parts, part, place }: TraceRows, row: number): RowFacts {
  const found = parts[part[row] ?? 0];
  if (found === undefined) throw new RangeError(`a trace has no row ${row}`);
  return { part: found, place: place[row] ?? 0 };
}

/** Numbers of the rows by their start, then by their id and their node: the same whatever the order in which spans came. */
export function rowsByStart(rows: TraceRows): Uint32Array {
  const origin = rows.count === 0 ? null : rowAt(rows, 0);
  const startsNs = new Float64Array(rows.count);
  for (let row = 0; row < rows.count; row++) {
    const { part, place } = rowAt(rows, row);
    startsNs[row] = origin === null ? 0 : nsBetween(origin.part.times.startWords, origin.place, part.times.startWords, place);
  }
  const order = new Uint32Array(rows.count).map((_, row) => row);
  return order.sort((a, b) => (startsNs[a] ?? 0) - (startsNs[b] ?? 0) || compareExactly(rowAt(rows, a), rowAt(rows, b)));
}

/** Below 0 where `a` begins first; of those that begin together, where its id is the less, or its node's. */
export function compareExactly(a: RowFacts, b: RowFacts): number {
  const [first, second] = [a.part.times.startNs[a.place] ?? 0n, b.part.times.startNs[b.place] ?? 0n];
  if (first !== second) return first < second ? -1 : 1;
  const [firstId, secondId] = [a.part.times.spanIdAt(a.place), b.part.times.spanIdAt(b.place)];
  if (firstId !== secondId) return firstId < secondId ? -1 : 1;
  const [firstOwner, secondOwner] = [ownerAt(a), ownerAt(b)];
  return firstOwner < secondOwner ? -1 : Number(firstOwner > secondOwner);
}

function ownerAt({ part: { file, facts }, place }: RowFacts): string {
  return file.ownerOf(facts.sources[place] ?? 0);
}
