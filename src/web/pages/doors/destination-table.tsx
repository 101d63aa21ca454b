/** Each destination with how far it has come, and the queue that all of them share. */
import type { JSX } from "preact";
import { destinationWords, type Destination, type Forwarding } from "../../data/flow.ts";
import { zone } from "../../data/server.ts";
import { quantityText } from "../../format/quantity.ts";
import { agoText, dateTime, spanText } from "../../format/time.ts";
import { pageNow } from "../../parts/page-now.ts";
import { StatusWord } from "../../parts/status-word.tsx";

export function DestinationTable({ forwarding: { queue, destinations } }: { readonly forwarding: Forwarding }): JSX.Element {
  if (queue === null) return <p class="dim">No destination is configured, so nothing is sent on.</p>;
  return (
    <>
      <div class="budget">
        <meter
          min={0}
          max={queue.maxBytes}
          high={queue.maxBytes * 0.8}
          value={queue.bytes}
          aria-label="How full the queue on the disk is"
        />
        <p class="dim">
          The queue on the disk takes {quantityText(queue.bytes, "bytes")} of {quantityText(queue.maxBytes, "bytes")}, and keeps
          what waits for up to {spanText(queue.maxAgeMs)}.
          {queue.unsent === 0 ? null : (
            <span class="error-text"> {quantityText(queue.unsent, "count")} samples found no room in it.</span>
          )}
        </p>
      </div>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Destinations">
        <table class="table table-cards">
          <thead>
            <tr>
              <th scope="col">Destination</th>
              <th scope="col">State</th>
              <th scope="col">Waits</th>
              <th scope="col" class="number">
                Sent
              </th>
              <th scope="col" class="number">
                Newest sent
              </th>
              <th scope="col">Lost</th>
              <th scope="col" class="number">
                Retries
              </th>
            </tr>
          </thead>
          <tbody>
            {destinations.map((destination) => (
              <Row key={destination.id} destination={destination} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ destination }: { readonly destination: Destination }): JSX.Element {
  const { kind, address, failing, pendingSamples, pendingBytes, pendingSinceMs, sent, newestMs, retries } = destination;
  return (
    <tr>
      <th scope="row" class="wrap">
        {destinationWords[kind]}
        <div class="dim mono">{address}</div>
      </th>
      <td class="wrap">
        {failing === null ? <StatusWord status="ok" word="Works" /> : <StatusWord status="critical" word="Fails" />}
        {failing === null ? null : <div class="mono">{failing}</div>}
      </td>
      <td data-label="Waits">
        {pendingSinceMs === null
          ? "nothing"
          : `${quantityText(pendingSamples, "count")} samples, ${quantityText(pendingBytes, "bytes")}, for ${spanText(pageNow() - pendingSinceMs)}`}
      </td>
      <td class="number" data-label="Sent">
        {quantityText(sent, "count")}
      </td>
      <td class="number" data-label="Newest sent" title={newestMs === null ? "" : dateTime(newestMs, zone.value)}>
        {newestMs === null ? "–" : agoText(newestMs, pageNow())}
      </td>
      <td class="wrap" data-label="Lost">
        <Losses destination={destination} />
      </td>
      <td class="number" data-label="Retries">
        {quantityText(retries, "count")}
      </td>
    </tr>
  );
}

function Losses({ destination }: { readonly destination: Destination }): JSX.Element {
  const { refused, dropped, damaged, leftOut, refusal } = destination;
  const losses = [
    [refused, `refused${refusal === null ? "" : `: ${refusal}`}`],
    [dropped, "dropped, because they had waited too long or the queue was full"],
    [damaged, "not readable any more"],
  ] as const;
  const present = losses.filter(([count]) => count > 0);
  return (
    <>
      {present.length === 0 ? <span class="dim">nothing</span> : null}
      {present.map(([count, why]) => (
        <div key={why} class="error-text">
          {quantityText(count, "count")} {why}
        </div>
      ))}
      {leftOut === 0 ? null : <div class="dim">{quantityText(leftOut, "count")} are not for it</div>}
    </>
  );
}
