/** One rule of a rule file. Source: Prometheus model/rulefmt/rulefmt.go, Rule.Validate. */
import { ChainPulseError } from "../../core/errors.ts";
import { typeOf } from "../../query/parser/check.ts";
import { refuseExperimental } from "../../query/parser/experimental.ts";
import { parseQuery } from "../../query/parser/parser.ts";
import { printQuery } from "../../query/printer.ts";
import type { RuleDefinition } from "./rule-definition.ts";
import { parseLabels, parseTexts } from "./rule-labels.ts";
import type { Fields, RuleReader, Where } from "./rule-reader.ts";
import type { YamlEntry, YamlValue } from "./yaml-source.ts";

const ruleKeys = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];
/** Of a rule that records a series. */
const alertingOnly = ["for", "keep_firing_for", "annotations"];

/** `null` where the rule is so wrong that it has no name or no expression; every mistake is told to the reader. */
export function parseRule(
  value: YamlValue,
  groupLabels: readonly YamlEntry[],
  inGroup: Where,
  reader: RuleReader,
): RuleDefinition | null {
  const where: Where = { ...inGroup, rule: nameOf(value) };
  const fields = reader.fields(value, ruleKeys, "a rule", where);
  if (value.entries() === null) return null;
  // An empty name is none, as in Prometheus.
  const record = reader.text(fields.get("record"), where) || null;
  const alert = reader.text(fields.get("alert"), where) || null;
  const expr = parseExpr(fields, value, where, reader);
  const own = parseLabels(reader.texts(fields.get("labels"), where), where, reader);
  const labels = mergeLabels(groupLabels, own);
  if (record !== null && alert !== null) {
    reader.problem(value.place, where, "the rule has both record and alert", "Make two rules of it");
    return null;
  }
  if (alert !== null) return parseAlerting(alert, expr, labels, fields, where, reader);
  if (record !== null) return parseRecording(record, expr, labels, fields, where, reader);
  reader.problem(value.place, where, "the rule has neither record nor alert", "Name the series or the alert that it makes");
  return null;
}

function parseAlerting(
  name: string,
  expr: string | null,
  labels: readonly YamlEntry[],
  fields: Fields,
  where: Where,
  reader: RuleReader,
): RuleDefinition | null {
  const annotations = parseLabels(reader.texts(fields.get("annotations"), where), where, reader);
  const texts = { labels: parseTexts(labels, where, reader), annotations: parseTexts(annotations, where, reader) };
  const holdMs = reader.duration(fields.get("for"), where) ?? 0;
  const keepFiringForMs = reader.duration(fields.get("keep_firing_for"), where) ?? 0;
  return expr === null ? null : { kind: "alerting", name, expr, holdMs, keepFiringForMs, ...texts };
}

function parseRecording(
  name: string,
  expr: string | null,
  labels: readonly YamlEntry[],
  fields: Fields,
  where: Where,
  reader: RuleReader,
): RuleDefinition | null {
  for (const key of alertingOnly) {
    const field = fields.get(key);
    if (field === undefined || field.value.isEmpty || isNothing(field.value)) continue;
    reader.problem(field.keyPlace, where, `a recording rule has no ${key}`, "Remove it, or make an alert of the rule");
  }
  if (/[{}]/.test(name) || !name.isWellFormed()) {
    const place = fields.get("record")?.value.place ?? null;
    reader.problem(place, where, `${JSON.stringify(name)} is no metric name`, "Labels go below labels, selectors into expr");
  }
  const recorded = Object.fromEntries(labels.map(({ key, value }) => [key, value.text() ?? ""]));
  return expr === null ? null : { kind: "recording", name, expr, labels: recorded };
}

/** `for: 0s`, `annotations: {}`: generators of rule files write them. */
function isNothing(value: YamlValue): boolean {
  return value.entries()?.length === 0 || /^0(?:ms|[smhdwy])?$/.test(value.text() ?? "");
}

/** The expression in canonical spelling. */
function parseExpr(fields: Fields, rule: YamlValue, where: Where, reader: RuleReader): string | null {
  const field = fields.get("expr");
  const text = reader.text(field, where);
  if (field === undefined || text === null || text.trim() === "") {
    reader.problem(rule.place, where, "the rule has no expr", "Give it a PromQL expression");
    return null;
  }
  try {
    const expr = parseQuery(text);
    if (!reader.experimental) refuseExperimental(expr, text);
    const type = typeOf(expr);
    if (type === "instant vector" || type === "scalar") return printQuery(expr);
    reader.problem(field.value.place, where, `expr is a ${type}`, "A rule needs an instant vector or a scalar");
  } catch (error) {
    if (!(error instanceof ChainPulseError)) throw error;
    const { place, message } = locate(error.message, text, field.value);
    reader.problem(place, where, message, error.fix ?? "Write it as PromQL that /api/v1/query takes");
  }
  return null;
}

/** The parser says `2:7: parse error: …` of the expression's own lines; here it is the place in the file. */
function locate(message: string, text: string, value: YamlValue): { place: YamlValue["place"]; message: string } {
  const found = /^(\d+):(\d+): ([\s\S]*)$/.exec(message);
  if (found === null) return { place: value.place, message };
  const linesBefore = text.split("\n").slice(0, Number(found[1]) - 1);
  const offset = linesBefore.reduce((length, line) => length + line.length + 1, 0) + Number(found[2]) - 1;
  // A mistake at the end is shown at the end of what was written, not on the line below.
  return { place: value.placeOf(Math.min(offset, text.trimEnd().length)), message: found[3] ?? message };
}

/** A rule's own labels win over those of its group. */
function mergeLabels(group: readonly YamlEntry[], own: readonly YamlEntry[]): readonly YamlEntry[] {
  const names = new Set(own.map(({ key }) => key));
  return [...group.filter(({ key }) => !names.has(key)), ...own];
}

function nameOf(value: YamlValue): string | null {
  const field = value.entries()?.find(({ key }) => key === "alert" || key === "record");
  return field?.value.text() ?? null;
}
