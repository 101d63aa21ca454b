/** The labels and annotations of rules as they are written: names that Prometheus takes, texts that are templates. */
import { metricNameLabel } from "../../core/labels.ts";
import type { TemplatedText } from "./rule-definition.ts";
import type { RuleReader, Where } from "./rule-reader.ts";
import { parseAlertText } from "./template/expand-alert-text.ts";
import { TemplateError } from "./template/template-error.ts";
import type { YamlEntry } from "./yaml-source.ts";

/** Those that a series may have. Names that are none are told to the reader and left out. */
export function parseLabels(entries: readonly YamlEntry[], where: Where, reader: RuleReader): readonly YamlEntry[] {
  return entries.filter(({ key, keyPlace, value }) => {
    // Any well-formed text is a name since Prometheus 3.
    const isName = key !== "" && isLabelText(key) && key !== metricNameLabel;
    if (!isName) reader.problem(keyPlace, where, `invalid label name ${JSON.stringify(key)}`, "Choose another name");
    const isText = isLabelText(value.text() ?? "");
    if (!isText)
      reader.problem(value.place, where, `the value of ${key} is no valid text`, "Write it in UTF-8, without U+0000");
    return isName && isText;
  });
}

/** The store keeps no U+0000. */
function isLabelText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\u0000");
}

/** The texts as templates; one that is none is told to the reader and left out. */
export function parseTexts(entries: readonly YamlEntry[], where: Where, reader: RuleReader): readonly TemplatedText[] {
  return entries.flatMap(({ key: name, value }) => {
    const text = value.text() ?? "";
    try {
      return [{ name, text, template: parseAlertText(text) }];
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const fix = "Templates are in Go's text/template language, with Prometheus's functions";
      reader.problem(value.placeOf(error.offset), where, `template of ${name}: ${error.message}`, fix);
      return [];
    }
  });
}
