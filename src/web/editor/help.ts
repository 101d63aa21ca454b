/** What the word under the pointer means: a metric as it is declared, or a function of the language. */
import type { Extension } from "@codemirror/state";
import { type EditorView, hoverTooltip, type Tooltip } from "@codemirror/view";
import { aggregateOpTerms, functionIdentifierTerms } from "@prometheus-io/codemirror-promql/dist/esm/complete/promql.terms.js";
import { describeMetric } from "./metric-source.ts";
import { variables } from "./variables.ts";

const meanings = new Map<string, string>([
  ...[...functionIdentifierTerms, ...aggregateOpTerms].map(({ label, info }) => [label, info] as const),
  ...variables.map(({ name, help }) => [name, help] as const),
]);

/** A failure is told to `fail`; nothing is shown then. */
export function hoverHelp(fail: (error: unknown) => void): Extension {
  return hoverTooltip(async (view, position) => {
    const word = wordAt(view, position);
    if (word === null) return null;
    try {
      const text = await meaningOf(word.text);
      return text === null ? null : ({ ...word, create: () => ({ dom: helpElement(word.text, text) }) } satisfies Tooltip);
    } catch (error) {
      fail(error);
      return null;
    }
  });
}

interface Word {
  readonly pos: number;
  readonly end: number;
  readonly text: string;
}

/** A name may have a colon in it, a variable begins with a dollar sign. */
function wordAt(view: EditorView, position: number): Word | null {
  const { from, text } = view.state.doc.lineAt(position);
  for (const match of text.matchAll(/\$?[a-zA-Z_:][\w:]*/g)) {
    const pos = from + match.index;
    const end = pos + match[0].length;
    if (pos <= position && position <= end) return { pos, end, text: match[0] };
  }
  return null;
}

async function meaningOf(word: string): Promise<string | null> {
  const known = meanings.get(word);
  if (known !== undefined) return known;
  const metric = await describeMetric(word);
  if (metric === undefined) return null;
  const unit = metric.unit === undefined || metric.unit === "" ? "" : ` in ${metric.unit}`;
  return `${metric.type}${unit}. ${metric.help}`;
}

function helpElement(word: string, text: string): HTMLElement {
  const element = document.createElement("div");
  element.className = "cm-help";
  const name = document.createElement("code");
  name.textContent = word;
  element.append(name, text);
  return element;
}
