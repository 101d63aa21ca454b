/** Labels as small tags: the first ones, and how many more there are. */
import type { JSX } from "preact";

interface Props {
  readonly labels: Readonly<Record<string, string>>;
  readonly max?: number;
}

export function LabelTags({ labels, max = Number.POSITIVE_INFINITY }: Props): JSX.Element {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const rest = pairs.slice(max);
  return (
    <>
      {pairs.slice(0, max).map((pair) => (
        <span key={pair} class="tag">
          {pair}
        </span>
      ))}
      {rest.length === 0 ? null : <span title={rest.join("\n")}>and {rest.length} more</span>}
    </>
  );
}
