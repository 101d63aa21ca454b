/** A block of the event `chain.block`, and what a page says of it. */
import type { StoredEvent } from "../../core/node-event.ts";
import { figureText } from "../format/figure.ts";
import { numberIn, numbersIn, textIn } from "./event-fields.ts";

export type BlockStatus = "canonical" | "orphaned" | "missed";

export interface Block {
  /** Its hash, or the slot where there is no block. */
  readonly key: string;
  readonly status: BlockStatus;
  readonly number: number | null;
  readonly hash: string | null;
  /** Its own timestamp, ms since the epoch. */
  readonly timeMs: number;
  readonly firstSeenMs: number | null;
  readonly proposer: string | null;
  readonly transactions: number | null;
  readonly failed: number | null;
  readonly gasUsed: number | null;
  readonly gasLimit: number | null;
  readonly baseFeeWei: string | null;
  readonly sizeBytes: number | null;
  readonly weight: number | null;
  /** wei where there is gas, else satoshi; decimal. */
  readonly fees: string | null;
  /** Seconds by phase. */
  readonly phases: Readonly<Record<string, number>>;
}

export function blockOf({ key, timeMs, fields }: StoredEvent): Block {
  const status = fields["status"];
  return {
    key,
    status: status === "orphaned" || status === "missed" ? status : "canonical",
    number: numberIn(fields, "number"),
    hash: textIn(fields, "hash"),
    timeMs: numberIn(fields, "timestampMs") ?? timeMs,
    firstSeenMs: numberIn(fields, "firstSeenMs"),
    proposer: textIn(fields, "proposer"),
    transactions: numberIn(fields, "transactions"),
    failed: numberIn(fields, "failed"),
    gasUsed: numberIn(fields, "gasUsed"),
    gasLimit: numberIn(fields, "gasLimit"),
    baseFeeWei: textIn(fields, "baseFeeWei"),
    sizeBytes: numberIn(fields, "size"),
    weight: numberIn(fields, "weight"),
    fees: textIn(fields, "fees"),
    phases: numbersIn(fields, "phases"),
  };
}

/** BIP 141: as much weight as a block may have. */
const weightMax = 4_000_000;

/** How full it is, 0–1, by gas or by weight; `null` where a block has neither. */
export function fullnessOf({ gasUsed, gasLimit, weight }: Block): number | null {
  if (gasUsed !== null && gasLimit !== null && gasLimit > 0) return Math.min(1, gasUsed / gasLimit);
  return weight === null ? null : Math.min(1, weight / weightMax);
}

/** A wei amount as gwei. Sixteen digits are enough to read. */
export function gweiText(wei: string): string {
  return figureText(Number(wei) / 1e9, "{gwei}");
}

/** What a block's transactions paid: ether where it has gas, else satoshi. */
export function feesText({ fees, gasLimit }: Block): string | null {
  if (fees === null) return null;
  return gasLimit === null ? `${Number(fees).toLocaleString("en")} sat` : figureText(Number(fees) / 1e18, "{ether}");
}
