/** Each door with what came through it, and what did not and why. */
import type { JSX } from "preact";
import { doorWords, presentCounts, type Receiving } from "../../data/flow.ts";
import { quantityText } from "../../format/quantity.ts";

export function DoorTable({ receiving }: { readonly receiving: Receiving }): JSX.Element {
  const { doors, besideBytes, besideFailed, inFlightBytes } = receiving;
  if (doors.length === 0) return <p class="dim">Nothing has come through any door yet.</p>;
  const beside = presentCounts(besideBytes).map(([kind, bytes]) => `${kind} ${quantityText(bytes, "bytes")}`);
  return (
    <>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Doors">
        <table class="table table-cards">
          <thead>
            <tr>
              <th scope="col">Door</th>
              <th scope="col">Requests</th>
              <th scope="col" class="number">
                Bytes
              </th>
              <th scope="col">Brought</th>
              <th scope="col">Refused, and why</th>
            </tr>
          </thead>
          <tbody>
            {doors.map(({ door, requests, bytes, received, refused }) => (
              <tr key={door}>
                <th scope="row">{doorWords[door]}</th>
                <td data-label="Requests">
                  <CountList counts={requests} />
                </td>
                <td class="number" data-label="Bytes">
                  {quantityText(bytes, "bytes")}
                </td>
                <td data-label="Brought">
                  <CountList counts={received} />
                </td>
                <td data-label="Refused">
                  {presentCounts(refused).length === 0 ? (
                    <span class="dim">nothing</span>
                  ) : (
                    <span class="error-text">
                      <CountList counts={refused} />
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="page-facts table-facts">
        {beside.length === 0 ? null : <span>Beside the samples, on the disk: {beside.join(", ")}</span>}
        {inFlightBytes === 0 ? null : <span>{quantityText(inFlightBytes, "bytes")} are being worked on</span>}
        {besideFailed === 0 ? null : (
          <span class="error-text">{quantityText(besideFailed, "count")} spans, logs and exemplars could not be written</span>
        )}
      </p>
    </>
  );
}

function CountList({ counts }: { readonly counts: Readonly<Record<string, number>> }): JSX.Element {
  const present = presentCounts(counts);
  return (
    <>
      {present.length === 0
        ? "–"
        : present.map(([name, count]) => `${quantityText(count, "count")} ${words(name, count)}`).join(", ")}
    </>
  );
}

/** `too_old` → `too old`, and one sample is not `1 samples`. */
function words(name: string, count: number): string {
  return (count === 1 ? name.replace(/s$/, "") : name).replaceAll("_", " ");
}
