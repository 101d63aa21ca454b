/**
 * What code a transaction ran, from the tree of calls that `callTracer` gives: gas of each contract's own code, and by which method each contract's
 * storage was entered. Source: go-ethereum eth/tracers/native/call.go; anvil and Reth give the same shape.
 *
 * The gas of the outermost call is the receipt's, not the trace's: anvil tells the block's gas up to there. It holds what a transaction costs
 * before any code runs, and less what is refunded after.
 */
import { type ContractKey, methodOf } from "./contract-use.ts";

export interface CallFrames {
  /** Gas that code used itself, without what it called; one entry per call, code that used none left out. */
  readonly ownGas: readonly (ContractKey & { readonly gas: number })[];
  /** Address whose storage code worked on → method by which it was called; `several` where there were more. */
  readonly methods: ReadonlyMap<string, string>;
}

/** The EVM's own limit on the depth of calls. Source: yellow paper, 9.4.2. */
const depthMax = 1025;
/** A block's gas does not pay for more calls: 60,000,000 at 700 (EIP-150) at least. */
const framesMax = 100_000;

interface Frame {
  readonly type: string;
  readonly to: string;
  readonly input: string;
  readonly gasUsed: number;
  readonly calls: readonly unknown[];
}

/** `null`: it is no tree of calls, or one that cannot be. Walked without recursion, because its depth is the client's to choose. */
export function readCallFrames(root: unknown, rootKey: ContractKey, rootGas: number): CallFrames | null {
  const ownGas: (ContractKey & { readonly gas: number })[] = [];
  const methods = new Map<string, string>();
  const waiting: { readonly value: unknown; readonly depth: number; readonly storageOf: string }[] = [
    { value: root, depth: 1, storageOf: "" },
  ];
  for (let count = 1; ; count++) {
    const next = waiting.pop();
    if (next === undefined) return { ownGas, methods };
    const frame = readFrame(next.value);
    if (frame === null || next.depth > depthMax || count > framesMax) return null;
    const isRoot = next.depth === 1;
    const key = isRoot ? rootKey : keyOf(frame);
    const gas = (isRoot ? rootGas : frame.gasUsed) - gasOf(frame.calls);
    // Refunds are taken off the outermost call alone.
    if (gas < 0 && !isRoot) return null;
    if (gas > 0) ownGas.push({ ...key, gas });
    const storageOf = borrowsStorage.has(frame.type) ? next.storageOf : frame.to;
    if (storageOf === frame.to) {
      const before = methods.get(storageOf);
      methods.set(storageOf, before === undefined || before === key.method ? key.method : "several");
    }
    for (const value of frame.calls) waiting.push({ value, depth: next.depth + 1, storageOf });
  }
}

/** Code of one contract on the storage of its caller. */
const borrowsStorage: ReadonlySet<string> = new Set(["DELEGATECALL", "CALLCODE"]);

function keyOf({ type, to, input }: Frame): ContractKey {
  return type.startsWith("CREATE") ? { contract: "new", method: "create" } : { contract: to, method: methodOf(input) };
}

function gasOf(calls: readonly unknown[]): number {
  return calls.reduce<number>((sum, call) => sum + (readFrame(call)?.gasUsed ?? 0), 0);
}

function readFrame(value: unknown): Frame | null {
  if (typeof value !== "object" || value === null) return null;
  const gasUsed = "gasUsed" in value ? quantityOf(value.gasUsed) : 0;
  if (gasUsed === null || !("type" in value) || typeof value.type !== "string") return null;
  return {
    type: value.type,
    to: "to" in value && typeof value.to === "string" ? value.to.toLowerCase() : "",
    input: "input" in value && typeof value.input === "string" ? value.input : "0x",
    gasUsed,
    calls: "calls" in value && Array.isArray(value.calls) ? value.calls : [],
  };
}

function quantityOf(value: unknown): number | null {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,13}$/i.test(value)) return null;
  return Number(value);
}
