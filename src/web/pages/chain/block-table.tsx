/** The blocks of the timeline as a table, newest first, for those who cannot see the picture or want the numbers. */
import type { JSX } from "preact";
import { feesText, fullnessOf, type Block } from "../../data/block.ts";
import { zone } from "../../data/server.ts";
import { quantityText } from "../../format/quantity.ts";
import { clockTime, dateTime } from "../../format/time.ts";
import { flowHref } from "../../state/flow-href.ts";
import { timeOf } from "./block-measure.ts";

export function BlockTable({ blocks }: { readonly blocks: readonly Block[] }): JSX.Element {
  return (
    <div class="table-scroll block-scroll" tabIndex={0} role="region" aria-label="Blocks">
      <table class="table table-dense">
        <thead>
          <tr>
            <th scope="col">Block</th>
            <th scope="col">Time</th>
            <th scope="col">Status</th>
            {["Transactions", "Failed", "Full", "Fees", "Size", "Took"].map((title) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
            <th scope="col">Hash</th>
          </tr>
        </thead>
        <tbody>
          {blocks.map((block) => (
            <tr key={block.key}>
              <th scope="row">{block.number?.toLocaleString("en") ?? "–"}</th>
              <td title={dateTime(block.timeMs, zone.value)}>{clockTime(block.timeMs, zone.value)}</td>
              <td>{block.status}</td>
              <td class="number">{block.transactions?.toLocaleString("en") ?? "–"}</td>
              <td class="number">{block.failed?.toLocaleString("en") ?? "–"}</td>
              <td class="number">{quantityText(fullnessOf(block), "ratio")}</td>
              <td class="number">{feesText(block) ?? "–"}</td>
              <td class="number">{quantityText(block.sizeBytes, "bytes")}</td>
              <td class="number">{quantityText(timeOf(block), "seconds")}</td>
              <td class="mono clip" title={block.hash ?? ""}>
                {block.hash === null ? "–" : <a href={flowHref("/blocks", block.hash)}>{block.hash}</a>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
