/** The columns of a trace, see `core/span-columns.ts`, from the facts of its spans: no body is read. */
import { type SpanColumns, spanFlags } from "../../core/span-columns.ts";
import { spanStatuses } from "../../core/span.ts";
import type { Operation } from "../../core/telemetry-reader.ts";
import { nodesOf } from "../../core/telemetry-source.ts";
import { resolveParents } from "../../core/trace/resolve-parents.ts";
import { nsBetween } from "./span-times.ts";
import type { TraceFile } from "./trace-file.ts";
import { rowAt, type RowFacts, type TraceRows } from "./trace-rows.ts";

const failed = spanStatuses.indexOf("error");
const idBytes = 8;

/** `order`: the rows that are wanted, by their start. Throws `DamagedFileError`. */
export function columnsOfRows(rows: TraceRows, order: Uint32Array): SpanColumns {
  const count = order.length;
  const startMs = new Float64Array(count);
  const durationMs = new Float64Array(count);
  const operation = new Uint32Array(count);
  const node = new Uint32Array(count);
  const spanIds = new Uint8Array(count * idBytes);
  const ids: string[] = [];
  const parentIds: (string | null)[] = [];
  const operations = new Numbered<Operation>(
    ({ part, place }) => part.facts.operations[place] ?? 0,
    (file, number) => file.operationOf(number),
    ({ service, name }) => JSON.stringify([service, name]),
  );
  const nodes = new Numbered<string>(
    ({ part, place }) => part.facts.sources[place] ?? 0,
    (file, number) => nodesOf(file.sourceOf(number)?.resource ?? {})[0] ?? "",
    (text) => text,
  );
  const origin = count === 0 ? null : rowAt(rows, order[0] ?? 0);
  const isFailed = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const at = rowAt(rows, order[row] ?? 0);
    const { facts, times } = at.part;
    if (origin !== null) startMs[row] = nsBetween(origin.part.times.startWords, origin.place, times.startWords, at.place) / 1e6;
    durationMs[row] = times.durationAt(at.place) / 1e6;
    operation[row] = operations.numberOf(at);
    node[row] = nodes.numberOf(at);
    if (facts.statusAt(at.place) === failed) isFailed[row] = spanFlags.failed;
    times.copySpanId(at.place, spanIds, row * idBytes);
    ids.push(times.spanIdAt(at.place));
    parentIds.push(facts.isRootAt(at.place) ? null : times.parentIdAt(at.place));
  }
  const { parent, flags } = resolveParents(ids, parentIds, node);
  return {
    originNs: origin === null ? 0n : (origin.part.times.startNs[origin.place] ?? 0n),
    startMs,
    durationMs,
    parent,
    operation,
    node,
    flags: flags.map((flag, row) => flag | (isFailed[row] ?? 0)),
    spanIds,
    operations: operations.items,
    nodes: nodes.items,
  };
}

/** What rows have numbers of in their files, numbered anew over all files: each once, in the order in which they come. */
class Numbered<T> {
  readonly items: T[] = [];
  readonly #numberIn: (at: RowFacts) => number;
  readonly #read: (file: TraceFile, number: number) => T;
  readonly #keyOf: (item: T) => string;
  readonly #byFile = new Map<TraceFile, Map<number, number>>();
  readonly #byKey = new Map<string, number>();

  constructor(numberIn: (at: RowFacts) => number, read: (file: TraceFile, number: number) => T, keyOf: (item: T) => string) {
    this.#numberIn = numberIn;
    this.#read = read;
    this.#keyOf = keyOf;
  }

  numberOf(at: RowFacts): number {
    const { file } = at.part;
    const known = this.#byFile.get(file) ?? new Map<number, number>();
    this.#byFile.set(file, known);
    const own = this.#numberIn(at);
    const number = known.get(own) ?? this.#numberOfItem(this.#read(file, own));
    known.set(own, number);
    return number;
  }

  #numberOfItem(item: T): number {
    const key = this.#keyOf(item);
    const number = this.#byKey.get(key) ?? this.items.push(item) - 1;
    this.#byKey.set(key, number);
    return number;
  }
}
