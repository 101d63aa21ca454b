/**
 * What the outbox's two threads tell each other, in a file each: the forward thread how far each destination has come, the data thread
 * what it had to drop. Lines of words with tabs between them. A line that cannot be read says nothing: what is there is then sent
 * again, which costs time, and no samples. Beside them lies how far the hub has the node's events, and each destination its spans, which do
 * not go through the outbox.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { EventPlace } from "../beside/events/event-feed.ts";
import type { SpanPlace } from "../beside/span-feed.ts";
import { outboxDir, readNote, writeNote } from "./segment-files.ts";

export interface Cursors {
  /** By destination: number of the last record that is done with. */
  readonly done: ReadonlyMap<string, number>;
  /** Names of segments in which records are damaged: they are set aside instead of deleted. */
  readonly damaged: ReadonlySet<string>;
}

/** What was dropped for one destination, ever. */
export interface Loss {
  readonly samples: number;
  /** When the newest of it was stored, ms since the epoch: from the first to the last of what was dropped together. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** By destination. */
export type Losses = ReadonlyMap<string, Loss>;

/**
 * Which outbox this is: numbers of records mean nothing in another one. Made where it is missing, by whoever asks first; the directory
 * must be there.
 */
export function outboxIdentity(dataDir: string): string {
  const path = join(outboxDir(dataDir), "identity");
  const known = readNote(path);
  if (known !== null && known !== "") return known;
  writeNote(path, randomUUID());
  return readNote(path) ?? "";
}

export function readCursors(dataDir: string): Cursors {
  const done = new Map<string, number>();
  const damaged = new Set<string>();
  for (const [kind, word, seq] of linesOf(cursorsPath(dataDir))) {
    if (kind === "done" && word !== undefined && isCount(Number(seq))) done.set(word, Number(seq));
    if (kind === "damaged" && word !== undefined) damaged.add(word);
  }
  return { done, damaged };
}

export function writeCursors(dataDir: string, { done, damaged }: Cursors): void {
  const lines = [...Array.from(done, ([id, seq]) => ["done", id, seq]), ...Array.from(damaged, (name) => ["damaged", name])];
  writeNote(cursorsPath(dataDir), textOf(lines));
}

export function readLosses(dataDir: string): Losses {
  const losses = new Map<string, Loss>();
  for (const [id = "", ...numbers] of linesOf(lossesPath(dataDir))) {
    const [samples = -1, fromMs = -1, toMs = -1] = numbers.map(Number);
    if ([samples, fromMs, toMs].every(isCount)) losses.set(id, { samples, fromMs, toMs });
  }
  return losses;
}

export function writeLosses(dataDir: string, losses: Losses): void {
  writeNote(lossesPath(dataDir), textOf(Array.from(losses, ([id, { samples, fromMs, toMs }]) => [id, samples, fromMs, toMs])));
}

/** How far the hub has the node's events; `null` where that is not known: then they are all sent again, and change nothing. */
export function readEventPlace(dataDir: string): EventPlace | null {
  const [[file = "", id = ""] = []] = linesOf(eventPlacePath(dataDir));
  return file !== "" && id !== "" && isCount(Number(id)) ? { file, id: Number(id) } : null;
}

/** The directory must be there. */
export function writeEventPlace(dataDir: string, { file, id }: EventPlace): void {
  writeNote(eventPlacePath(dataDir), textOf([[file, id]]));
}

/** How far a destination has the spans that were stored; `null` where that is not known: then it gets them all. */
export function readSpanPlace(dataDir: string, destination: string): SpanPlace | null {
  return spanPlaces(dataDir).get(destination) ?? null;
}

/** The directory must be there. */
export function writeSpanPlace(dataDir: string, destination: string, place: SpanPlace): void {
  const places = spanPlaces(dataDir).set(destination, place);
  const lines = Array.from(places, ([id, { startMs, inode, record }]) => [id, startMs, inode, record]);
  writeNote(spanPlacesPath(dataDir), textOf(lines.slice(-spanPlacesMax)));
}

/** Destinations that were taken out of the configuration leave their place behind; so many are remembered, which is more than there can be. */
const spanPlacesMax = 64;

function spanPlaces(dataDir: string): Map<string, SpanPlace> {
  const places = new Map<string, SpanPlace>();
  for (const [id = "", startMs, inode = "", record] of linesOf(spanPlacesPath(dataDir))) {
    const place = { startMs: Number(startMs), inode, record: Number(record) };
    if (isCount(place.startMs) && inode !== "" && isCount(place.record)) places.set(id, place);
  }
  return places;
}

function spanPlacesPath(dataDir: string): string {
  return join(outboxDir(dataDir), "span-places");
}

function eventPlacePath(dataDir: string): string {
  return join(outboxDir(dataDir), "hub-events");
}

function cursorsPath(dataDir: string): string {
  return join(outboxDir(dataDir), "cursors");
}

function lossesPath(dataDir: string): string {
  return join(outboxDir(dataDir), "losses");
}

function textOf(lines: readonly (readonly (string | number)[])[]): string {
  return lines.map((words) => `${words.join("\t")}\n`).join("");
}

function linesOf(path: string): readonly string[][] {
  return (readNote(path) ?? "").split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")]));
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
