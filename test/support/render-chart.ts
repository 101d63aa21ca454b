/**
 * The part of Helm's template language that our chart keeps to, so that it can be checked without Helm: values, `if`, `range` over a list, and
 * `toYaml … | nindent`. Anything else is an error: then the chart has become too clever for this.
 */
import { stringify } from "yaml";

export interface ChartContext {
  readonly Values: unknown;
  readonly Release: { readonly Name: string; readonly Namespace: string };
}

/** One template's text; empty where a condition leaves nothing. Throws for what it does not know, and for values that are not there. */
export function renderTemplate(template: string, context: ChartContext): string {
  const lines = template.split("\n");
  const out: string[] = [];
  let index = 0;

  /** Up to the `end` that belongs to the block it is in; writes nothing when `shown` is false. */
  const block = (shown: boolean, item: unknown): void => {
    while (index < lines.length) {
      const line = lines[index++] ?? "";
      const [, control, path] = /^\s*\{\{- (if|range|end)(?: (\S+))? \}\}$/.exec(line) ?? [];
      if (control === undefined) {
        if (shown) out.push(fill(line, context, item));
      } else if (control === "end") {
        return;
      } else if (control === "if") {
        block(shown && Boolean(lookUp(path ?? "", context)), item);
      } else {
        repeat(shown ? lookUp(path ?? "", context) : []);
      }
    }
  };

  const repeat = (items: unknown): void => {
    if (!Array.isArray(items)) throw new Error("range needs a list");
    const start = index;
    // Once without writing, to find its end.
    block(false, null);
    for (const item of items) {
      index = start;
      block(true, item);
    }
  };

  block(true, null);
  return out.join("\n");
}

function fill(line: string, context: ChartContext, item: unknown): string {
  const [, path, indent] = /^\s*\{\{- toYaml (\S+) \| nindent (\d+) \}\}$/.exec(line) ?? [];
  if (path !== undefined) {
    return stringify(lookUp(path, context))
      .trimEnd()
      .replaceAll(/^/gm, " ".repeat(Number(indent)));
  }
  return line.replaceAll(/\{\{ (\S+) \}\}/g, (_, name: string) => String(name === "." ? item : lookUp(name, context)));
}

/** `.Values.hub.image`. */
function lookUp(path: string, context: ChartContext): unknown {
  let value: unknown = context;
  for (const name of path.split(".").slice(1)) {
    if (typeof value !== "object" || value === null || !(name in value)) throw new Error(`there is no value ${path}`);
    value = Object.entries(value).find(([key]) => key === name)?.[1];
  }
  return value;
}
