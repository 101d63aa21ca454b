/**
 * What came through the doors, counted in shared memory: the intake thread and the main thread add, the data thread reads, and nothing is
 * lost when the intake thread ends. In the other direction the data thread tells how old a sample may be.
 *
 *   row i = door i of `doorNames`
 *   +-------------------------+-------+--------------------+---------------------+
 *   | requests, by outcome: 4 | bytes | received, by kind  | refused, by reason  |
 *   +-------------------------+-------+--------------------+---------------------+
 *   last row: bytes in flight, series held, bytes of what is beside the samples by kind: 5, what of that could not be written,
 *   oldest time that the store takes, ms since the epoch (0: any)
 */
import {
  type BesideKind,
  besideKinds,
  type Counts,
  type DoorFacts,
  type DoorName,
  doorNames,
  type IntakeFacts,
  type ReceivedKind,
  receivedKinds,
  type RefusalReason,
  refusalReasons,
  type RequestOutcome,
  requestOutcomes,
} from "../../core/intake.ts";

/** Whole numbers of 64 bits, because both threads add to the same ones. */
export type IntakeTable = BigInt64Array<SharedArrayBuffer>;

const bytesAt = requestOutcomes.length;
const receivedAt = bytesAt + 1;
const refusedAt = receivedAt + receivedKinds.length;
const rowLength = refusedAt + refusalReasons.length;
const commonAt = doorNames.length * rowLength;
const inFlightAt = commonAt;
const heldAt = commonAt + 1;
const besideAt = commonAt + 2;
const besideFailedAt = besideAt + besideKinds.length;
const oldestStoredAt = besideFailedAt + 1;

export function createIntakeTable(): IntakeTable {
  return new BigInt64Array(new SharedArrayBuffer((oldestStoredAt + 1) * BigInt64Array.BYTES_PER_ELEMENT));
}

/** A request was answered with this status. */
export function countRequest(table: IntakeTable, door: DoorName, status: number, bytes: number): void {
  add(table, rowOf(door) + requestOutcomes.indexOf(outcomeOf(status)), 1);
  add(table, rowOf(door) + bytesAt, bytes);
}

export function countReceived(table: IntakeTable, door: DoorName, kind: ReceivedKind, count: number): void {
  add(table, rowOf(door) + receivedAt + receivedKinds.indexOf(kind), count);
}

export function countRefused(table: IntakeTable, door: DoorName, reason: RefusalReason, count: number): void {
  add(table, rowOf(door) + refusedAt + refusalReasons.indexOf(reason), count);
}

/** Bodies have come, or gone where it is negative; returns how much there is now. */
export function addInFlight(table: IntakeTable, bytes: number): number {
  return Number(Atomics.add(table, inFlightAt, BigInt(bytes))) + bytes;
}

export function setSeriesHeld(table: IntakeTable, series: number): void {
  Atomics.store(table, heldAt, BigInt(series));
}

export function setBeside(table: IntakeTable, bytes: Readonly<Record<BesideKind, number>>, failed: number): void {
  for (const [index, kind] of besideKinds.entries()) Atomics.store(table, besideAt + index, BigInt(bytes[kind]));
  Atomics.store(table, besideFailedAt, BigInt(failed));
}

/** The data thread says what the store takes; see `SampleWriter.oldestAcceptedMs`. */
export function setOldestStored(table: IntakeTable, oldestMs: number): void {
  Atomics.store(table, oldestStoredAt, BigInt(Math.max(0, oldestMs)));
}

/** For the doors: there may be no older samples, ms since the epoch. */
export function oldestStoredMs(table: IntakeTable): number {
  return read(table, oldestStoredAt);
}

export function readIntake(table: IntakeTable): IntakeFacts {
  return {
    doors: doorNames.map((door) => readDoor(table, door)).filter(isUsed),
    inFlightBytes: read(table, inFlightAt),
    seriesHeld: read(table, heldAt),
    besideBytes: named(besideKinds, (index) => read(table, besideAt + index)),
    besideFailed: read(table, besideFailedAt),
  };
}

function readDoor(table: IntakeTable, door: DoorName): DoorFacts {
  const row = rowOf(door);
  return {
    door,
    requests: named(requestOutcomes, (index) => read(table, row + index)),
    bytes: read(table, row + bytesAt),
    received: named(receivedKinds, (index) => read(table, row + receivedAt + index)),
    refused: named(refusalReasons, (index) => read(table, row + refusedAt + index)),
  };
}

function isUsed({ requests, received, refused }: DoorFacts): boolean {
  return [...requests, ...received, ...refused].some(([, count]) => count > 0);
}

function outcomeOf(status: number): RequestOutcome {
  if (status < 400) return "stored";
  if (status === 429 || status === 503) return "overloaded";
  return status < 500 ? "refused" : "failed";
}

function rowOf(door: DoorName): number {
  return doorNames.indexOf(door) * rowLength;
}

function add(table: IntakeTable, at: number, count: number): void {
  if (count !== 0) Atomics.add(table, at, BigInt(count));
}

function read(table: IntakeTable, at: number): number {
  return Number(Atomics.load(table, at));
}

function named<Name extends string>(names: readonly Name[], value: (index: number) => number): Counts<Name> {
  return names.map((name, index) => [name, value(index)]);
}
