/**
 * State of the kernel's clock discipline, by adjtimex(2) with no mode set: it reads and changes nothing, needs no privilege, and
 * takes 2 µs through koffi (measured; `timedatectl` would be a process).
 */
import type { Absence } from "../core/absence.ts";

/** Fields of `struct timex` in the kernel's units. Source: adjtimex(2), include/uapi/linux/timex.h. */
export interface KernelClock {
  /** What the call returns; 5 (TIME_ERROR) means that nothing synchronises the clock. */
  readonly state: number;
  /** µs, or ns with STA_NANO; as `jitter`. */
  readonly offset: number;
  /** Parts per million, times 2^16; as `ppsFrequency` and `ppsStability`. */
  readonly frequency: number;
  readonly maximumErrorMicroseconds: number;
  readonly estimatedErrorMicroseconds: number;
  readonly status: number;
  readonly timeConstant: number;
  readonly tickMicroseconds: number;
  readonly ppsFrequency: number;
  readonly ppsJitter: number;
  readonly ppsShift: number;
  readonly ppsStability: number;
  readonly ppsJitterExceeded: number;
  readonly ppsCalibrations: number;
  readonly ppsErrors: number;
  readonly ppsStabilityExceeded: number;
  readonly taiOffsetSeconds: number;
}

/** sizeof(struct timex) where `long` has 8 bytes: x86-64 and arm64. */
const timexBytes = 208;

/** Makes the reader, or says why this platform has none. Loads koffi only now: it costs 6 MB in each thread that has it. */
export async function openKernelClock(): Promise<(() => KernelClock | Absence) | Absence> {
  if (process.arch !== "x64" && process.arch !== "arm64") {
    return { reason: "unsupported", detail: `adjtimex: its layout on ${process.arch} is not known to ChainPulse` };
  }
  const { default: koffi } = await import("koffi");
  let adjtimex: (timex: Buffer) => number;
  try {
    // Node itself is linked to the C library, glibc or musl: the function is in this process already.
    adjtimex = koffi.load(null).func("int adjtimex(void *)");
  } catch (error) {
    return { reason: "unsupported", detail: `adjtimex: ${error instanceof Error ? error.message : String(error)}` };
  }
  const timex = Buffer.alloc(timexBytes);
  return () => {
    // `modes`, the first field, must be 0 at each call: anything else would set the clock.
    timex.fill(0);
    const state = adjtimex(timex);
    if (state >= 0) return decode(state, timex);
    const errno = errnoName(koffi.errno(), koffi.os.errno);
    return { reason: errno === "EPERM" ? "no_permission" : "unsupported", detail: `adjtimex: ${errno}` };
  };
}

function decode(state: number, timex: Buffer): KernelClock {
  const long = (offset: number): number => Number(timex.readBigInt64LE(offset));
  return {
    state,
    offset: long(8),
    frequency: long(16),
    maximumErrorMicroseconds: long(24),
    estimatedErrorMicroseconds: long(32),
    status: timex.readInt32LE(40),
    timeConstant: long(48),
    tickMicroseconds: long(88),
    ppsFrequency: long(96),
    ppsJitter: long(104),
    ppsShift: timex.readInt32LE(112),
    ppsStability: long(120),
    ppsJitterExceeded: long(128),
    ppsCalibrations: long(136),
    ppsErrors: long(144),
    ppsStabilityExceeded: long(152),
    taiOffsetSeconds: timex.readInt32LE(160),
  };
}

function errnoName(number: number, names: Readonly<Record<string, number>>): string {
  return Object.entries(names).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
}
