/**
 * Netlink dumps through the C library, which Node has no call for. Calls are synchronous, so each is bounded: a receive time-out on
 * the socket, a limit on the exchange's time and on the answer's messages.
 *
 *     0        4      6       8     12       16
 *     +--------+------+-------+-----+--------+---------
 *     | length | type | flags | seq | portid | payload    nlmsghdr, native byte order, messages aligned to 4
 *     +--------+------+-------+-----+--------+---------
 *
 * Source: netlink(7), kernel `include/uapi/linux/netlink.h`. Native order is little-endian on x86-64 and arm64,
 * the machines that ChainPulse runs on.
 */
import { getSystemErrorName } from "node:util";
import type { Absence } from "../core/absence.ts";

const addressFamily = 16;
/** SOCK_RAW | SOCK_CLOEXEC: children do not get it. */
const socketType = 3 | 0x80000;
/** SOL_SOCKET, SO_RCVTIMEO; asm-generic, which x86 and arm share. */
const socketLevel = 1;
const receiveTimeoutOption = 20;

const headerBytes = 16;
const typeError = 2;
const typeDone = 3;
/** NLM_F_REQUEST | NLM_F_DUMP. */
const dumpFlags = 0x1 | 0x300;

/** The kernel fills at most 32 KiB at a time (`netlink_dump`). */
const bufferBytes = 64 * 1024;

export interface DumpLimits {
  /** Longest wait for one part of the answer. */
  readonly receiveTimeoutMs: number;
  /** Longest time for all of it; then the dump is broken off. */
  readonly totalMs: number;
}

export interface DumpResult {
  /** False when the dump was broken off at its limit: what came until then is a part. */
  readonly complete: boolean;
}

export interface NetlinkDumper {
  /** Sends one request and calls `onMessage` with each answer's payload, which is overwritten by the next part. */
  dump(type: number, payload: Uint8Array, onMessage: (payload: DataView) => void): DumpResult | Absence;
}

/** Loads the foreign function interface: one attempt per process, since it maps a native library. */
export async function openNetlinkDumper(protocol: number, limits: DumpLimits): Promise<NetlinkDumper | Absence> {
  let calls: SocketCalls;
  try {
    calls = await loadCalls();
  } catch (error) {
    return { reason: "unsupported", detail: `koffi: ${error instanceof Error ? error.message : String(error)}` };
  }
  const buffer = new Uint8Array(bufferBytes);
  return {
    dump: (type, payload, onMessage) => {
      const descriptor = calls.socket(addressFamily, socketType, protocol);
      if (descriptor < 0) return refusal("socket", calls.errno());
      try {
        setReceiveTimeout(calls, descriptor, limits.receiveTimeoutMs);
        const request = encodeRequest(type, payload);
        if (calls.send(descriptor, request, request.length, 0) < 0) return refusal("send", calls.errno());
        return receiveAll(calls, descriptor, buffer, limits.totalMs, onMessage);
      } finally {
        calls.close(descriptor);
      }
    },
  };
}

interface SocketCalls {
  socket(family: number, type: number, protocol: number): number;
  setsockopt(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number;
  send(descriptor: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(descriptor: number, bytes: Uint8Array, length: number, flags: number): number;
  close(descriptor: number): number;
  errno(): number;
}

async function loadCalls(): Promise<SocketCalls> {
  const { default: koffi } = await import("koffi");
  // The running program itself: it is linked with the C library, whichever that is.
  const library = koffi.load(null);
  // The prototypes are those of the man pages; koffi checks the values at each call.
  return {
    socket: library.func("int socket(int, int, int)"),
    setsockopt: library.func("int setsockopt(int, int, int, const void *, uint32_t)"),
    send: library.func("intptr_t send(int, const void *, size_t, int)"),
    recv: library.func("intptr_t recv(int, _Out_ void *, size_t, int)"),
    close: library.func("int close(int)"),
    errno: () => koffi.errno(),
  };
}

function setReceiveTimeout(calls: SocketCalls, descriptor: number, timeoutMs: number): void {
  // struct timeval of 64-bit systems: seconds, microseconds.
  const value = new BigInt64Array([BigInt(Math.floor(timeoutMs / 1000)), BigInt((timeoutMs % 1000) * 1000)]);
  const bytes = new Uint8Array(value.buffer);
  if (calls.setsockopt(descriptor, socketLevel, receiveTimeoutOption, bytes, bytes.length) === 0) return;
  throw new Error(`setsockopt SO_RCVTIMEO: ${errnoName(calls.errno())}`);
}

export function encodeRequest(type: number, payload: Uint8Array): Uint8Array {
  const request = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, dumpFlags, true);
  request.set(payload, headerBytes);
  return request;
}

function receiveAll(
  calls: SocketCalls,
  descriptor: number,
  buffer: Uint8Array,
  totalMs: number,
  onMessage: (payload: DataView) => void,
): DumpResult | Absence {
  const deadlineMs = performance.now() + totalMs;
  while (performance.now() < deadlineMs) {
    const length = calls.recv(descriptor, buffer, buffer.length, 0);
    if (length <= 0) return refusal("recv", calls.errno());
    const end = readMessages(new DataView(buffer.buffer, 0, length), onMessage);
    if (end !== null) return end === 0 ? { complete: true } : refusal("dump", end);
  }
  return { complete: false };
}

/** Calls `onMessage` for each message of one part. Returns `null` when more is to come, 0 at the end, or the kernel's errno. */
export function readMessages(part: DataView, onMessage: (payload: DataView) => void): number | null {
  let at = 0;
  while (at + headerBytes <= part.byteLength) {
    const length = part.getUint32(at, true);
    // A length that does not fit is a message that was cut off; what follows cannot be found.
    if (length < headerBytes || at + length > part.byteLength) return null;
    const type = part.getUint16(at + 4, true);
    if (type === typeDone) return 0;
    // nlmsgerr begins with the negative errno.
    if (type === typeError) return length >= headerBytes + 4 ? -part.getInt32(at + headerBytes, true) : null;
    onMessage(new DataView(part.buffer, part.byteOffset + at + headerBytes, length - headerBytes));
    at += (length + 3) & ~3;
  }
  return null;
}

function refusal(operation: string, errno: number): Absence {
  const name = errnoName(errno);
  const detail = `netlink ${operation}: ${name}`;
  if (name === "EACCES" || name === "EPERM") return { reason: "no_permission", detail };
  return { reason: name === "EAGAIN" ? "stale" : "unsupported", detail };
}

function errnoName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : `errno ${errno}`;
}
