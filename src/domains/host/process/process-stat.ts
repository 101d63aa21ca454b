/**
 * `/proc/<pid>/stat`, from bytes: it is read for every process at every tick.
 * Source: proc_pid_stat(5); kernel `fs/proc/array.c`, `do_task_stat`. The name is what the process chose (any bytes, `) R 1` too):
 * the fields begin after the *last* parenthesis.
 */
import type { ProcessState } from "./metrics.ts";

export interface ProcessStat {
  name: string;
  state: ProcessState;
  parentPid: number;
  /** Kernel threads have no memory of their own. */
  isKernelThread: boolean;
  minorFaults: number;
  majorFaults: number;
  /** Clock ticks of all threads, those that have ended too. */
  userTicks: number;
  systemTicks: number;
  /** Clock ticks of all descendants that were waited for. */
  childrenUserTicks: number;
  childrenSystemTicks: number;
  threads: number;
  /** Clock ticks after boot. */
  startTicks: number;
  virtualBytes: number;
  residentPages: number;
  lastCpu: number;
  /** Clock ticks that it waited for block devices. */
  ioDelayTicks: number;
}

const openParenthesis = 40;
const closeParenthesis = 41;
const space = 32;
const minus = 45;
const zero = 48;

/** Last field that is read: 42, `delayacct_blkio_ticks`. */
const lastField = 42;

/** PF_KTHREAD. Source: kernel `include/linux/sched.h`. */
const kernelThreadFlag = 0x0020_0000;

const stateByLetter: Readonly<Record<string, ProcessState>> = {
  R: "running",
  S: "sleeping",
  D: "disk_sleep",
  I: "idle",
  T: "stopped",
  t: "traced",
  Z: "zombie",
};

const fields = new Float64Array(lastField + 1);
const decoder = new TextDecoder();

/**
 * Fills `into` from the first `length` bytes; false when they are not a whole stat line (then `into` keeps what it had).
 */
export function parseProcessStat(bytes: Uint8Array, length: number, into: ProcessStat): boolean {
  const open = bytes.indexOf(openParenthesis);
  const close = bytes.lastIndexOf(closeParenthesis, length - 1);
  if (open === -1 || close <= open || close + 2 >= length) return false;
  const state = stateByLetter[String.fromCharCode(bytes[close + 2] ?? 0)];
  if (state === undefined || !readNumbers(bytes, close + 3, length)) return false;

  into.name = decoder.decode(bytes.subarray(open + 1, close));
  into.state = state;
  into.parentPid = field(4);
  into.isKernelThread = (field(9) & kernelThreadFlag) !== 0;
  into.minorFaults = field(10);
  into.majorFaults = field(12);
  into.userTicks = field(14);
  into.systemTicks = field(15);
  into.childrenUserTicks = field(16);
  into.childrenSystemTicks = field(17);
  into.threads = field(20);
  into.startTicks = field(22);
  into.virtualBytes = field(23);
  into.residentPages = field(24);
  into.lastCpu = field(39);
  into.ioDelayTicks = field(42);
  return true;
}

/** Fields 4 … 42 by proc(5)'s numbers; false when there are fewer. */
function readNumbers(bytes: Uint8Array, start: number, length: number): boolean {
  let at = start;
  for (let number = 4; number <= lastField; number++) {
    if (bytes[at++] !== space) return false;
    const negative = bytes[at] === minus;
    if (negative) at++;
    const first = at;
    let value = 0;
    for (; at < length; at++) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === first) return false;
    fields[number] = negative ? -value : value;
  }
  return true;
}

function field(number: number): number {
  return fields[number] ?? Number.NaN;
}

export function emptyProcessStat(): ProcessStat {
  return {
    name: "",
    state: "sleeping",
    parentPid: 0,
    isKernelThread: false,
    minorFaults: 0,
    majorFaults: 0,
    userTicks: 0,
    systemTicks: 0,
    childrenUserTicks: 0,
    childrenSystemTicks: 0,
    threads: 0,
    startTicks: 0,
    virtualBytes: 0,
    residentPages: 0,
    lastCpu: 0,
    ioDelayTicks: 0,
  };
}
