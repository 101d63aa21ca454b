/** The head of a column that a table can be sorted by. */
import type { JSX } from "preact";
import { Icon } from "./icon.tsx";

interface Props {
  readonly title: string;
  readonly help?: string | undefined;
  readonly numeric: boolean;
  /** How the table is sorted by this column now. */
  readonly order: "ascending" | "descending" | null;
  readonly choose: () => void;
}

export function SortHead({ title, help, numeric, order, choose }: Props): JSX.Element {
  return (
    <th scope="col" title={help} class={numeric ? "number" : undefined} aria-sort={order ?? undefined}>
      <button type="button" class="sort" onClick={choose}>
        {title}
        <Icon name="chevron" />
      </button>
    </th>
  );
}
