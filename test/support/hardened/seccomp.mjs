// @ts-check
/**
 * Loaded before the program (`node --import`): puts the unit's SystemCallFilter= and RestrictAddressFamilies= over this process and its
 * threads, with libseccomp, as systemd does. Numbers: seccomp.h of libseccomp 2.5, sys/socket.h of Linux.
 */
import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";

/** @typedef {{ koffiFrom: string, syscalls: string[], families: string[] }} Spec */

const families = new Map([
  ["AF_UNIX", 1],
  ["AF_INET", 2],
  ["AF_INET6", 10],
  ["AF_NETLINK", 16],
]);
const EPERM = 1;
const allow = 0x7f_ff_00_00;
const refuse = 0x00_05_00_00 | EPERM;
const attributeTsync = 4;
const compareEqual = 4;

// A worker thread runs this too, under the filter already.
if (isMainThread) {
  /** @type {Spec} */
  const spec = JSON.parse(process.env["CHAINPULSE_TEST_SECCOMP"] ?? "");
  restrict(spec);
}

/** @param {Spec} spec */
function restrict(spec) {
  const koffi = createRequire(spec.koffiFrom)("koffi");
  const library = koffi.load("libseccomp.so.2");
  koffi.struct("scmp_arg_cmp", { arg: "uint", op: "int", datum_a: "uint64", datum_b: "uint64" });
  const context = library.func("void *seccomp_init(uint32 action)")(refuse);
  const resolve = library.func("int seccomp_syscall_resolve_name(const char *name)");
  const addRule = library.func(
    "int seccomp_rule_add_array(void *ctx, uint32 action, int syscall, uint count, scmp_arg_cmp *args)",
  );
  for (const name of spec.syscalls) {
    // Names of other architectures have no number here; those of `socket` are below.
    const number = resolve(name);
    if (number >= 0 && name !== "socket") check(addRule(context, allow, number, 0, null), name);
  }
  for (const family of spec.families) {
    const equal = { arg: 0, op: compareEqual, datum_a: families.get(family), datum_b: 0 };
    check(addRule(context, allow, resolve("socket"), 1, [equal]), family);
  }
  check(library.func("int seccomp_attr_set(void *ctx, int attribute, uint32 value)")(context, attributeTsync, 1), "TSYNC");
  check(library.func("int seccomp_load(void *ctx)")(context), "load");
}

/**
 * @param {number} result
 * @param {string} what
 */
function check(result, what) {
  if (result !== 0) throw new Error(`seccomp ${what}: ${result}`);
}
