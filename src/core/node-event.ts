/**
 * Things that happened at a node and have an identity of their own: a block, a missed duty, a reorganisation. What is counted or measured
 * is a metric; an event is what one asks for by name afterwards. Numbers that are no safe integers (wei) are strings.
 */

export type EventValue = string | number | boolean | null | readonly string[] | Readonly<Record<string, number>>;

export interface NodeEvent {
  /** Of an `EventDeclaration`. */
  readonly kind: string;
  /** Which of the node's programs it is about: a chain client's name. */
  readonly subject: string;
  /** Its identity within kind, node and subject: a block's hash. What comes later under the same key replaces it. */
  readonly key: string;
  /** When it happened, whole ms since the epoch. */
  readonly timeMs: number;
  readonly fields: Readonly<Record<string, EventValue>>;
}

/** An event as it is stored: which node has it. */
export interface StoredEvent extends NodeEvent {
  readonly node: string;
}

export interface EventFilter {
  readonly kind: string;
  readonly node?: string | undefined;
  readonly subject?: string | undefined;
  readonly key?: string | undefined;
  /** ms since the epoch, inclusive. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** Times of events lie between this and its negative, ms: they fit into an index of nanoseconds. */
export const eventTimeMsMax = 9_223_372_036_853;

/** Characters of a kind; of a subject or a key (a hash has 66); of the fields as JSON (a reorganisation with 64 hashes has 5,000). */
export const eventLimits = { kind: 64, name: 256, fields: 16_384 } as const;

/** Whether an event may be stored: its texts are Unicode and not too long, its time is one. */
export function isStorable({ kind, subject, key, timeMs, fields }: NodeEvent): boolean {
  const { kind: kindMax, name: nameMax, fields: fieldsMax } = eventLimits;
  return (
    kind.length <= kindMax &&
    subject.length <= nameMax &&
    key.length <= nameMax &&
    [kind, subject, key].every((text) => text.isWellFormed()) &&
    JSON.stringify(fields).length <= fieldsMax &&
    Number.isInteger(timeMs) &&
    Math.abs(timeMs) <= eventTimeMsMax
  );
}

/** Whether what was read as JSON is an event's fields. */
export function isEventFields(parsed: unknown): parsed is NodeEvent["fields"] {
  return isRecordOf(parsed, isEventValue);
}

function isEventValue(value: unknown): value is EventValue {
  if (value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value)) return true;
  if (Array.isArray(value)) return value.every((one) => typeof one === "string");
  return isRecordOf(value, (one): one is number => Number.isFinite(one));
}

function isRecordOf<T>(value: unknown, isOfType: (one: unknown) => one is T): value is Readonly<Record<string, T>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isOfType);
}

/** A kind of event, declared by its domain; the docs and the API's list of kinds are made of these. */
export interface EventDeclaration {
  /** `domain.what`, e.g. `chain.block`. */
  readonly kind: string;
  readonly title: string;
  readonly help: string;
  /** Field → what it says, with its unit. */
  readonly fields: Readonly<Record<string, string>>;
}
