/** What a search asks of a span, in the terms of one file: numbers instead of names, and what a chunk's filter can be asked. */
import { attributeText } from "../../core/attribute-text.ts";
import { type Attributes, spanStatuses } from "../../core/span.ts";
import type { TraceFilter } from "../../core/telemetry-reader.ts";
import { indexed, nodeAttributes } from "../../core/telemetry-source.ts";
import type { ChunkText } from "./chunk.ts";
import type { SpanFacts } from "./span-facts.ts";
import type { SpanTimes } from "./span-times.ts";
import { mayHaveAll, signatureOf } from "./span-signature.ts";
import {
  allSpans,
  attributeTerm,
  durationClassMax,
  durationClassMin,
  durationClassOf,
  durationTerm,
  failureTerm,
  operationScope,
  presenceTerm,
  rangesBetween,
  serviceScope,
  type TermScope,
} from "./span-terms.ts";
import { probesOf, type TermProbes } from "./term-filter.ts";
import type { TraceFile } from "./trace-file.ts";

type WantedAttribute = NonNullable<TraceFilter["attributes"]>[number];

export interface SpanCondition {
  /** A chunk with such a span has one of each list at least. */
  readonly terms: readonly (readonly TermProbes[])[];
  /** `null`: any. The same for the others. */
  readonly operations: ReadonlySet<number> | null;
  readonly sources: ReadonlySet<number> | null;
  readonly status: number | null;
  readonly minDurationNs: bigint | null;
  readonly maxDurationNs: bigint | null;
  /** As for a span whose resource has none of them; `null`: none are wanted. */
  readonly attributes: MissingAttributes | null;
}

interface SearchedAttribute extends WantedAttribute {
  readonly term: number;
  /** Sources whose resource may have it; `null`: any. */
  readonly sources: ReadonlySet<number> | null;
}

/** What is left to be found in the bodies of one source's spans. */
interface MissingAttributes {
  readonly wanted: readonly SearchedAttribute[];
  readonly signature: Int32Array;
  /** A body without one of these texts does not have them all. */
  readonly texts: readonly string[];
}

/** Operations that are asked for one by one; a name that more services have is asked for in what finds them all. */
const operationTermsMax = 64;

/** `null`: the file has no such span. Throws `DamagedFileError`. */
export function conditionIn(file: TraceFile, filter: TraceFilter): SpanCondition | null {
  const { service, name, node, status, minDurationNs = null, maxDurationNs = null, attributes = [] } = filter;
  const isOfOperations = service !== undefined || name !== undefined;
  const operations = isOfOperations ? file.operationsWith({ service: boundedOf(service), name: boundedOf(name) }) : null;
  const sources = node === undefined ? null : file.sourcesOn(indexed(node));
  if (operations?.length === 0 || sources?.length === 0) return null;
  const ofNode = node === undefined ? [] : [nodeAttributes.map((key) => attributeTerm(key, node))];
  const searched = attributes.map(({ key, value }) => searchedAttribute(file, key, value));
  const ofOutcome = outcomeTerms(scopesOf(operations, filter), filter);
  return {
    terms: [...searched.map(({ term }) => [term]), ...ofNode, ...(ofOutcome === null ? [] : [ofOutcome])].map((terms) =>
      terms.map(probesOf),
    ),
    operations: operations === null ? null : new Set(operations),
    sources: sources === null ? null : new Set(sources),
    status: status === undefined ? null : spanStatuses.indexOf(status),
    minDurationNs,
    maxDurationNs,
    attributes: searched.length === 0 ? null : missingOf(searched),
  };
}

function searchedAttribute(file: TraceFile, key: string, value: string): SearchedAttribute {
  const term = attributeTerm(key, value);
  return { key, value, term, sources: file.sourcesWith(term) };
}

/** Whether every span meets it. */
export function isAnything({ operations, sources, status, minDurationNs, maxDurationNs, attributes }: SpanCondition): boolean {
  const isFree = operations === null && sources === null && status === null && attributes === null;
  return isFree && minDurationNs === null && maxDurationNs === null;
}

function boundedOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : indexed(name);
}

function scopesOf(operations: readonly number[] | null, { name, service }: TraceFilter): readonly TermScope[] {
  if (operations !== null && name !== undefined && operations.length <= operationTermsMax)
    return operations.map(operationScope);
  return [service === undefined ? allSpans : serviceScope(indexed(service))];
}

/** `null`: they would say nothing. */
function outcomeTerms(
  scopes: readonly TermScope[],
  { status, minDurationNs, maxDurationNs }: TraceFilter,
): readonly number[] | null {
  const isFailed = status === "error";
  if (minDurationNs !== undefined || maxDurationNs !== undefined) {
    const least = minDurationNs === undefined ? durationClassMin : durationClassOf(Number(minDurationNs));
    const most = maxDurationNs === undefined ? durationClassMax : durationClassOf(Number(maxDurationNs));
    const ranges = rangesBetween(least, most);
    return scopes.flatMap((scope) => ranges.map((range) => durationTerm(scope, range, isFailed)));
  }
  if (isFailed) return scopes.map(failureTerm);
  return scopes[0] === allSpans ? null : scopes.map(presenceTerm);
}

/** 1 for each row of the chunk that meets the condition; `null` where none does. */
export function rowsMeeting(file: TraceFile, chunk: number, condition: SpanCondition): Uint8Array | null {
  const facts = file.factsOf(chunk);
  if (facts === null) return null;
  const rows = new Uint8Array(facts.count);
  const { operations, sources, status } = condition;
  let count = 0;
  for (let row = 0; row < facts.count; row++) {
    if (operations !== null && !operations.has(facts.operations[row] ?? 0)) continue;
    if (sources !== null && !sources.has(facts.sources[row] ?? 0)) continue;
    if (status !== null && facts.statusAt(row) !== status) continue;
    rows[row] = 1;
    count++;
  }
  if (count > 0) count = keepWithDurations(() => file.timesOf(chunk), rows, condition) ?? count;
  if (count > 0 && condition.attributes !== null)
    count = keepWithAttributes(file, { chunk, facts, rows }, condition.attributes);
  return count === 0 ? null : rows;
}

/** Takes out the rows that took less or more, and returns how many stay; `null`: any duration will do. Exact: what a double cannot tell from a bound is compared as a bigint. */
function keepWithDurations(
  readTimes: () => SpanTimes | null,
  rows: Uint8Array,
  { minDurationNs, maxDurationNs }: SpanCondition,
): number | null {
  if (minDurationNs === null && maxDurationNs === null) return null;
  const times = readTimes();
  const [least, most] = [minDurationNs ?? -(2n ** 64n), maxDurationNs ?? 2n ** 64n];
  const [leastAbout, mostAbout] = [Number(least), Number(most)];
  const isBetween = (row: number): boolean => {
    const about = times?.durationAt(row) ?? Number.NaN;
    if (about > leastAbout && about < mostAbout) return true;
    if (!(about >= leastAbout && about <= mostAbout)) return false;
    const exact = (times?.endNs[row] ?? 0n) - (times?.startNs[row] ?? 0n);
    return exact >= least && exact <= most;
  };
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    if (rows[row] === 0) continue;
    if (isBetween(row)) count++;
    else rows[row] = 0;
  }
  return count;
}

interface CheckedChunk {
  readonly chunk: number;
  readonly facts: SpanFacts;
  readonly rows: Uint8Array;
}

/** Takes out the rows without the attributes, and returns how many stay. Bodies are read where a span may have what its resource has not. */
function keepWithAttributes(file: TraceFile, { chunk, facts, rows }: CheckedChunk, all: MissingAttributes): number {
  const { wanted } = all;
  const bySource = new Map<number, MissingAttributes>();
  const isInResource = (source: number): boolean => wanted.some(({ sources }) => sources === null || sources.has(source));
  const missingAt = (source: number): MissingAttributes =>
    isInResource(source) ? missingOf(missingIn(file.sourceOf(source)?.resource ?? {}, wanted)) : all;
  let text: ChunkText | null | undefined;
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    if (rows[row] === 0) continue;
    const source = facts.sources[row] ?? 0;
    const missing = bySource.get(source) ?? missingAt(source);
    bySource.set(source, missing);
    const mayHave = mayHaveAll(facts.signatures, row, missing.signature);
    if (mayHave && missing.wanted.length > 0 && text === undefined) text = file.bodiesOf(chunk);
    if (missing.wanted.length === 0 || (mayHave && hasAll(file, text ?? null, row, missing))) count++;
    else rows[row] = 0;
  }
  return count;
}

function missingOf(wanted: readonly SearchedAttribute[]): MissingAttributes {
  return { wanted, signature: signatureOf(wanted.map(({ term }) => term)), texts: wanted.flatMap(textsOf) };
}

function hasAll(file: TraceFile, text: ChunkText | null, row: number, { wanted, texts }: MissingAttributes): boolean {
  if (text === null) return false;
  const body = text.textOf(row);
  if (!texts.every((one) => body.includes(one))) return false;
  const span = file.spanAt(text, row);
  return span !== null && missingIn(span.attributes, wanted).length === 0;
}

function missingIn(attributes: Attributes, wanted: readonly SearchedAttribute[]): readonly SearchedAttribute[] {
  return wanted.filter(({ key, value }) => !Object.hasOwn(attributes, key) || attributeText(attributes[key] ?? null) !== value);
}

/** What the body of a span with the attribute has in its JSON, see `plain-value.ts`: the key, and scalars as they are, quoted or not. */
function textsOf({ key, value }: WantedAttribute): readonly string[] {
  // Lists and maps are written otherwise there.
  return [JSON.stringify(key), ...(/^[[{]/.test(value) ? [] : [JSON.stringify(value).slice(1, -1)])];
}
