/** What a search asks of a span, in the terms of one file: numbers instead of names, and what a chunk's filter can be asked. */
import { attributeText } from "../../core/attribute-text.ts";
import { type Attributes, spanStatuses } from "../../core/span.ts";
import type { TraceFilter } from "../../core/telemetry-reader.ts";
import { indexed, nodeAttributes } from "../../core/telemetry-source.ts";
import type { ChunkText } from "./chunk.ts";
import type { SpanFacts } from "./span-facts.ts";
import {
  allSpans,
  attributeTerm,
  durationClassMax,
  durationClassOf,
  durationTerm,
  failureTerm,
  operationScope,
  presenceTerm,
  serviceScope,
  type TermScope,
} from "./span-terms.ts";
import { mayHave } from "./term-filter.ts";
import type { TraceFile } from "./trace-file.ts";

type WantedAttribute = NonNullable<TraceFilter["attributes"]>[number];

export interface SpanCondition {
  /** A chunk with such a span has one of each list at least. */
  readonly terms: readonly (readonly number[])[];
  /** `null`: any. The same for the others. */
  readonly operations: ReadonlySet<number> | null;
  readonly sources: ReadonlySet<number> | null;
  readonly status: number | null;
  readonly minDurationNs: bigint | null;
  readonly maxDurationNs: bigint | null;
  readonly attributes: readonly WantedAttribute[];
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
  const ofAttributes = attributes.map(({ key, value }) => [attributeTerm(key, value)]);
  const ofOutcome = outcomeTerms(scopesOf(operations, filter), filter);
  return {
    terms: [...ofAttributes, ...ofNode, ...(ofOutcome === null ? [] : [ofOutcome])],
    operations: operations === null ? null : new Set(operations),
    sources: sources === null ? null : new Set(sources),
    status: status === undefined ? null : spanStatuses.indexOf(status),
    minDurationNs,
    maxDurationNs,
    attributes,
  };
}

/** Whether every span meets it. */
export function isAnything({ operations, sources, status, minDurationNs, maxDurationNs, attributes }: SpanCondition): boolean {
  const isFree = operations === null && sources === null && status === null && attributes.length === 0;
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
    const least = minDurationNs === undefined ? 0 : durationClassOf(Number(minDurationNs));
    const most = maxDurationNs === undefined ? durationClassMax : durationClassOf(Number(maxDurationNs));
    const classes = Array.from({ length: Math.max(0, most - least + 1) }, (_, index) => least + index);
    return scopes.flatMap((scope) => classes.map((one) => durationTerm(scope, one, isFailed)));
  }
  if (isFailed) return scopes.map(failureTerm);
  return scopes[0] === allSpans ? null : scopes.map(presenceTerm);
}

/** Whether a chunk with that filter may have such a span. */
export function mayMeet({ terms }: SpanCondition, bits: Uint8Array): boolean {
  return terms.every((list) => list.some((term) => mayHave(bits, term)));
}

/** 1 for each row of the chunk that meets the condition; `null` where none does. */
export function rowsMeeting(file: TraceFile, chunk: number, condition: SpanCondition): Uint8Array | null {
  const facts = file.factsOf(chunk);
  if (facts === null) return null;
  const rows = new Uint8Array(facts.count);
  const durations = durationTest(condition, facts);
  const { operations, sources, status } = condition;
  let count = 0;
  for (let row = 0; row < facts.count; row++) {
    if (operations !== null && !operations.has(facts.operations[row] ?? 0)) continue;
    if (sources !== null && !sources.has(facts.sources[row] ?? 0)) continue;
    if (status !== null && facts.statusAt(row) !== status) continue;
    if (durations !== null && !durations(row)) continue;
    rows[row] = 1;
    count++;
  }
  if (count > 0 && condition.attributes.length > 0)
    count = keepWithAttributes(file, { chunk, facts, rows }, condition.attributes);
  return count === 0 ? null : rows;
}

/** Exact: what a double cannot tell from a bound is compared as a bigint. */
function durationTest({ minDurationNs, maxDurationNs }: SpanCondition, facts: SpanFacts): ((row: number) => boolean) | null {
  if (minDurationNs === null && maxDurationNs === null) return null;
  const [least, most] = [minDurationNs ?? -(2n ** 64n), maxDurationNs ?? 2n ** 64n];
  const [leastAbout, mostAbout] = [Number(least), Number(most)];
  return (row) => {
    const about = facts.durationAt(row);
    if (about < leastAbout || about > mostAbout) return false;
    if (about > leastAbout && about < mostAbout) return true;
    const exact = (facts.endNs[row] ?? 0n) - (facts.startNs[row] ?? 0n);
    return exact >= least && exact <= most;
  };
}

interface CheckedChunk {
  readonly chunk: number;
  readonly facts: SpanFacts;
  readonly rows: Uint8Array;
}

/** What is left to be found in the bodies of one source's spans. */
interface MissingAttributes {
  readonly wanted: readonly WantedAttribute[];
  /** A body without one of these texts does not have them all. */
  readonly texts: readonly string[];
  readonly isPossible: boolean;
}

/** Takes out the rows without the attributes, and returns how many stay. Bodies are read where the resource does not have them all. */
function keepWithAttributes(file: TraceFile, { chunk, facts, rows }: CheckedChunk, wanted: readonly WantedAttribute[]): number {
  const text = file.bodiesOf(chunk);
  const bySource = new Map<number, MissingAttributes>();
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    if (rows[row] === 0) continue;
    const source = facts.sources[row] ?? 0;
    const missing = bySource.get(source) ?? missingOf(missingIn(file.sourceOf(source)?.resource ?? {}, wanted), text);
    bySource.set(source, missing);
    if (missing.isPossible && (missing.wanted.length === 0 || (text !== null && hasAll(file, text, row, missing)))) count++;
    else rows[row] = 0;
  }
  return count;
}

function missingOf(wanted: readonly WantedAttribute[], text: ChunkText | null): MissingAttributes {
  const texts = wanted.flatMap(textsOf);
  return { wanted, texts, isPossible: texts.every((one) => text?.mentions(one) === true) };
}

function hasAll(file: TraceFile, text: ChunkText, row: number, { wanted, texts }: MissingAttributes): boolean {
  const body = text.textOf(row);
  if (!texts.every((one) => body.includes(one))) return false;
  const span = file.spanAt(text, row);
  return span !== null && missingIn(span.attributes, wanted).length === 0;
}

function missingIn(attributes: Attributes, wanted: readonly WantedAttribute[]): readonly WantedAttribute[] {
  return wanted.filter(({ key, value }) => !Object.hasOwn(attributes, key) || attributeText(attributes[key] ?? null) !== value);
}

/** What the body of a span with the attribute has in its JSON, see `plain-value.ts`: the key, and scalars as they are, quoted or not. */
function textsOf({ key, value }: WantedAttribute): readonly string[] {
  // Lists and maps are written otherwise there.
  return [JSON.stringify(key), ...(/^[[{]/.test(value) ? [] : [JSON.stringify(value).slice(1, -1)])];
}
