/** What of blocks is drawn: how full they are, and where their time went. */
import { fullnessOf, type Block } from "../../data/block.ts";

export interface Heights {
  /** What the height means; `null` where nothing is known that could be drawn. */
  readonly of: "gas" | "weight" | "transactions" | null;
  /** By key; blocks of which it is not known are left out. */
  readonly values: ReadonlyMap<string, number>;
  /** The value that the picture is as high as: a share of 1, or less where all blocks are nearly empty; or a number of transactions. */
  readonly top: number;
}

const tops = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] as const;

/** Fullness where blocks have a limit; else their transactions. */
export function heightsOf(blocks: readonly Block[]): Heights {
  const full = known(blocks, fullnessOf);
  const most = (values: readonly (readonly [string, number])[]): number => Math.max(0, ...values.map(([, value]) => value));
  if (full.length > 0) {
    const of = blocks.some(({ gasLimit }) => gasLimit !== null) ? "gas" : "weight";
    return { of, values: new Map(full), top: tops.find((top) => top >= most(full)) ?? 1 };
  }
  const counts = known(blocks, ({ transactions }) => transactions);
  return { of: counts.length === 0 ? null : "transactions", values: new Map(counts), top: Math.max(1, most(counts)) };
}

function known(blocks: readonly Block[], valueOf: (block: Block) => number | null): readonly [string, number][] {
  return blocks.flatMap((block): [string, number][] => {
    const value = valueOf(block);
    return value === null ? [] : [[block.key, value]];
  });
}

/** The phase that is the whole, measured by the client and not added up. */
const total = "total";

/** Parts of the processing that any of the blocks tells of, as they are met; `total` alone where there are no parts. */
export function phasesIn(blocks: readonly Block[]): readonly string[] {
  const all = [...new Set(blocks.flatMap(({ phases }) => Object.keys(phases)))];
  const parts = all.filter((phase) => phase !== total);
  return parts.length > 0 ? parts : all;
}

/** Seconds that a block took in all: as the client says, else its parts together; `null` where it says nothing. */
export function timeOf({ phases }: Block): number | null {
  const parts = Object.entries(phases).flatMap(([phase, seconds]) => (phase === total ? [] : [seconds]));
  return phases[total] ?? (parts.length === 0 ? null : parts.reduce((sum, seconds) => sum + seconds, 0));
}
