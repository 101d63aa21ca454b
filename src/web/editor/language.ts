/** PromQL for CodeMirror: Prometheus's own grammar and completion, which here also read the page's variables. */
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { Language } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { type Input, Parser, type PartialParse, type TreeFragment } from "@lezer/common";
import { LanguageType, newCompleteStrategy, promQLLanguage, type PrometheusClient } from "@prometheus-io/codemirror-promql";
import { variables, withStandIns } from "./variables.ts";

/** More metrics than this are completed without their type and help. */
const describedMetricsMax = 10_000;

const grammar = promQLLanguage(LanguageType.PromQL);

/** Reads the text with stand-ins in the places of variables. Expressions are short: the text is read in one piece. */
class VariableParser extends Parser {
  override createParse(
    input: Input,
    fragments: readonly TreeFragment[],
    ranges: readonly { from: number; to: number }[],
  ): PartialParse {
    return grammar.parser.startParse(withStandIns(input.read(0, input.length)), fragments, ranges);
  }
}

/** The language with completion from `client`. */
export function promqlWithVariables(client: PrometheusClient): Extension {
  const language = new Language(grammar.data, new VariableParser(), [], "promql");
  const strategy = newCompleteStrategy({ remote: client, maxMetricsMetadata: describedMetricsMax });
  return [
    language,
    language.data.of({ autocomplete: (context: CompletionContext) => strategy.promQL(context) }),
    language.data.of({ autocomplete: completeVariable }),
  ];
}

function completeVariable(context: CompletionContext): CompletionResult | null {
  const begun = context.matchBefore(/\$\w*/);
  if (begun === null) return null;
  return {
    from: begun.from,
    options: variables.map(({ name, help }) => ({ label: name, type: "keyword", info: help })),
    validFor: /^\$\w*$/,
  };
}
