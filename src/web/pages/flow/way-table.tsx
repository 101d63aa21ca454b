/** The parts of a way as a table: for those who cannot see the picture, or want the numbers. */
import type { JSX } from "preact";
import type { Flow } from "../../../core/trace/flow.ts";
import { firstSeenText, stageTitles } from "../../../core/trace/flow-words.ts";
import { durationText } from "../../../core/trace/time-words.ts";

export function WayTable({ flow: { places } }: { readonly flow: Flow }): JSX.Element {
  return (
    <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label="Its way through the nodes, by node and stage">
      <table class="table table-dense">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Stage</th>
            {["From", "To", "Took"].map((title) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.flatMap(({ name, stages, ...seen }) => [
            <tr key={`${name} seen`}>
              <th scope="row">{name}</th>
              <td>First seen</td>
              <td class="number">{firstSeenText(seen)}</td>
              <td />
              <td />
            </tr>,
            ...stages.map(({ stage, fromMs, toMs, isReorged }, index) => (
              <tr key={`${name} ${stage} ${index}`}>
                <th scope="row">{name}</th>
                <td>
                  {stageTitles[stage]}
                  {isReorged ? ", taken back" : ""}
                </td>
                <td class="number">{durationText(fromMs)}</td>
                <td class="number">{durationText(toMs)}</td>
                <td class="number">{durationText(toMs - fromMs)}</td>
              </tr>
            )),
          ])}
        </tbody>
      </table>
    </div>
  );
}
