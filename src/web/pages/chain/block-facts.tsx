/** What is known of one block. What is not known is left out. */
import type { JSX } from "preact";
import { feesText, fullnessOf, gweiText, type Block } from "../../data/block.ts";
import { zone } from "../../data/server.ts";
import { formatNumber, quantityText } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { flowHref } from "../../state/flow-href.ts";
import { timeOf } from "./block-measure.ts";

interface Props {
  readonly block: Block;
  /** Whether somebody points at it: then it is read out. The newest one changes by itself, and is not. */
  readonly isChosen: boolean;
}

export function BlockFacts({ block, isChosen }: Props): JSX.Element {
  return (
    <dl class="block-facts" aria-live={isChosen ? "polite" : "off"}>
      {factsOf(block).map(([name, value]) => (
        <div key={name} class={name === "Hash" ? "block-hash" : undefined}>
          <dt>{name}</dt>
          <dd>{name === "Hash" ? <a href={flowHref("/blocks", value)}>{value}</a> : value}</dd>
        </div>
      ))}
    </dl>
  );
}

const statusWords = { canonical: "", orphaned: "did not stay", missed: "missed: a slot without a block" } as const;

function factsOf(block: Block): readonly (readonly [name: string, value: string])[] {
  const { number, status, timeMs, firstSeenMs, transactions, failed, gasUsed, gasLimit, phases } = block;
  const fullness = fullnessOf(block);
  const known: readonly (readonly [string, string | null])[] = [
    [status === "missed" ? "Slot" : "Block", number === null ? null : number.toLocaleString("en")],
    ["Status", statusWords[status] || null],
    ["Time", dateTime(timeMs, zone.value)],
    ["Seen", firstSeenMs === null ? null : delayText(firstSeenMs - timeMs)],
    ["Transactions", transactions === null ? null : transactions.toLocaleString("en")],
    ["Failed", failed === null || failed === 0 ? null : failed.toLocaleString("en")],
    ["Gas", gasUsed === null ? null : gasText(gasUsed, gasLimit)],
    ["Full", fullness === null ? null : quantityText(fullness, "ratio")],
    ["Base fee", block.baseFeeWei === null ? null : gweiText(block.baseFeeWei)],
    ["Fees", feesText(block)],
    ["Size", block.sizeBytes === null ? null : quantityText(block.sizeBytes, "bytes")],
    ["Proposer", block.proposer],
    ["Took", timeOf(block) === null ? null : quantityText(timeOf(block), "seconds")],
    ...Object.entries(phases)
      .filter(([phase]) => phase !== "total")
      .map(([phase, seconds]) => [phase.replaceAll("_", " "), quantityText(seconds, "seconds")] as const),
    ["Hash", block.hash],
  ];
  return known.flatMap(([name, value]): (readonly [string, string])[] => (value === null ? [] : [[name, value]]));
}

/** Clocks that differ make it negative. */
function delayText(ms: number): string {
  return `${quantityText(Math.abs(ms) / 1000, "seconds")} ${ms < 0 ? "before" : "after"} its time`;
}

function gasText(used: number, limit: number | null): string {
  return limit === null ? formatNumber(used) : `${quantityText(used, "count")} of ${quantityText(limit, "count")}`;
}
