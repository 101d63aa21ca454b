/** One page of programs with their key figures; a name leads to the program's charts. */
import type { JSX } from "preact";
import type { ProgramSection } from "../../../core/panel.ts";
import { figuresOf, type ProgramRow } from "../../data/programs.ts";
import { zone } from "../../data/server.ts";
import { fieldTitle } from "../../format/labels.ts";
import { formatQuantity, type PanelUnit } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { address } from "../../state/router.ts";

interface Props {
  readonly programs: readonly ProgramRow[];
  readonly sections: readonly ProgramSection[];
}

export function ProgramTable({ programs, sections }: Props): JSX.Element {
  const figures = figuresOf(sections, programs);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Programs">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Program</th>
            <th scope="col">Kind</th>
            {figures.map(({ name, help }) => (
              <th key={name} scope="col" class="number" title={help}>
                {fieldTitle(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {programs.map((program) => (
            <tr key={`${program.kind} ${program.job} ${program.instance}`}>
              <th scope="row">
                <a href={chartsHref(program)}>{program.instance}</a>
                <div class="dim">{program.job}</div>
              </th>
              <td>{sections.find(({ id }) => id === program.kind)?.title ?? program.kind}</td>
              {figures.map(({ name, unit }) => (
                <FigureCell key={name} name={name} unit={unit} value={program.figures[name]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  readonly name: string;
  readonly unit: PanelUnit;
  /** `undefined`: not a figure of this kind of program. */
  readonly value: number | null | undefined;
}

function FigureCell({ name, unit, value }: CellProps): JSX.Element {
  if (value === undefined) return <td class="number" />;
  // Seconds since the epoch are an instant, and read as one.
  if (name === "startTimeSeconds" && value !== null)
    return (
      <td class="number" data-label="Started">
        {dateTime(value * 1000, zone.value)}
      </td>
    );
  const quantity = formatQuantity(value, unit);
  return (
    <td class="number" data-label={fieldTitle(name)}>
      <span class="quantity">
        {quantity.text}
        <small>{quantity.unit}</small>
      </span>
    </td>
  );
}

/** This list, with the charts of one program above it. */
function chartsHref({ kind, job, instance }: ProgramRow): string {
  const params = new URLSearchParams(address.value.params);
  for (const [name, value] of Object.entries({ of: kind, job, instance })) params.set(name, value);
  return `/programs?${params.toString()}`;
}
