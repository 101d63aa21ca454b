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
  /** Where there is only one that is wanted. */
  readonly onlyOperation: number | null;
  /** 1 for each number that is wanted; `null`: any is. The same for the others. */
  readonly operations: Uint8Array | null;
  readonly sources: Uint8Array | null;
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
    onlyOperation: operations?.length === 1 ? (operations[0] ?? null) : null,
    operations: operations === null ? null : marked(operations),
    sources: sources === null ? null : marked(sources),
    status: status === undefined ? null : spanStatuses.indexOf(status),
    minDurationNs,
    maxDurationNs,
    attributes: searched.length === 0 ? null : missingOf(searched),
  };
}

/** A search looks millions of numbers up, and in a set each takes ten times as long. They are those of one file, and small. */
function marked(numbers: readonly number[]): Uint8Array {
  const marks = new Uint8Array(numbers.reduce((most, one) => Math.max(most, one), 0) + 1);
  for (const one of numbers) marks[one] = 1;
  return marks;
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
  let rows = rowsByFacts(facts, condition);
  if (rows.length > 0) rows = withDurations(rows, () => file.timesOf(chunk), condition);
  if (rows.length > 0 && condition.attributes !== null)
    rows = withAttributes(rows, { file, chunk, facts }, condition.attributes);
  if (rows.length === 0) return null;
  const mask = new Uint8Array(facts.count);
  for (const row of rows) mask[row] = 1;
  return mask;
}

function rowsByFacts(facts: SpanFacts, { onlyOperation, operations, sources, status }: SpanCondition): readonly number[] {
  const rows: number[] = [];
  const take = (row: number): void => {
    if (sources !== null && sources[facts.sources[row] ?? 0] !== 1) return;
    if (status === null || facts.statusAt(row) === status) rows.push(row);
  };
  if (onlyOperation !== null) {
    // Several times as fast as looking at each row.
    const of = facts.operations;
    for (let row = of.indexOf(onlyOperation); row >= 0; row = of.indexOf(onlyOperation, row + 1)) take(row);
    return rows;
  }
  for (let row = 0; row < facts.count; row++)
    if (operations === null || operations[facts.operations[row] ?? 0] === 1) take(row);
  return rows;
}

/** Exact: what a double cannot tell from a bound is compared as a bigint. */
function withDurations(
  rows: readonly number[],
  readTimes: () => SpanTimes | null,
  { minDurationNs, maxDurationNs }: SpanCondition,
): readonly number[] {
  if (minDurationNs === null && maxDurationNs === null) return rows;
  const times = readTimes();
  if (times === null) return [];
  const [least, most] = [minDurationNs ?? -(2n ** 64n), maxDurationNs ?? 2n ** 64n];
  const [leastAbout, mostAbout] = [Number(least), Number(most)];
  return rows.filter((row) => {
    const about = times.durationAt(row);
    if (about > leastAbout && about < mostAbout) return true;
    if (about < leastAbout || about > mostAbout) return false;
    const exact = (times.endNs[row] ?? 0n) - (times.startNs[row] ?? 0n);
    return exact >= least && exact <= most;
  });
}

interface CheckedChunk {
  readonly file: TraceFile;
  readonly chunk: number;
  readonly facts: SpanFacts;
}

/** Bodies are read where a span may have what its resource has not. */
function withAttributes(
  rows: readonly number[],
  { file, chunk, facts }: CheckedChunk,
  all: MissingAttributes,
): readonly number[] {
  const mayBeInResource = all.wanted.some(({ sources }) => sources === null || sources.size > 0);
  const missingAt = mayBeInResource ? missingBySource(file, all) : (): MissingAttributes => all;
  let text: ChunkText | null | undefined;
  return rows.filter((row) => {
    const missing = missingAt(facts.sources[row] ?? 0);
    if (!mayHaveAll(facts.signatures, row, missing.signature)) return false;
    if (missing.wanted.length === 0) return true;
    if (text === undefined) text = file.bodiesOf(chunk);
    return hasAll(file, text, row, missing);
  });
}

/** What a source's resource does not have, for one source after another. */
function missingBySource(file: TraceFile, all: MissingAttributes): (source: number) => MissingAttributes {
  const bySource = new Map<number, MissingAttributes>();
  const { wanted } = all;
  const isInResource = (source: number): boolean => wanted.some(({ sources }) => sources === null || sources.has(source));
  return (source) => {
    const known = bySource.get(source);
    if (known !== undefined) return known;
    const missing = isInResource(source) ? missingOf(missingIn(file.sourceOf(source)?.resource ?? {}, wanted)) : all;
    bySource.set(source, missing);
    return missing;
  };
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
