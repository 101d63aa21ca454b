/** With nothing asked yet: the overview's charts as expressions to begin with. */
import type { JSX } from "preact";
import { queryBasis, sections } from "../../data/server.ts";
import { portableQuery } from "../../data/take-away.ts";
import { fillLegend } from "../../format/labels.ts";

export function StartPoints({ run }: { readonly run: (expr: string) => void }): JSX.Element {
  const panels = (sections.value ?? []).flatMap((section) =>
    section.panels.filter((panel) => section.overview?.includes(panel.id) === true),
  );
  return (
    <div class="start-points">
      <p class="dim">Choose a metric, write an expression and press Enter, or begin with one of the overview's:</p>
      <ul>
        {panels.flatMap((panel) => {
          const [query] = panel.queries;
          if (query === undefined) return [];
          const expr = portableQuery(query.expr, queryBasis.value);
          return [
            <li key={`${panel.id} ${panel.title}`}>
              <button type="button" onClick={() => run(expr)}>
                {[panel.title, fillLegend(query.legend, {}).trim()].filter((text) => text !== "").join(": ")}
                <code>{expr}</code>
              </button>
            </li>,
          ];
        })}
      </ul>
    </div>
  );
}
