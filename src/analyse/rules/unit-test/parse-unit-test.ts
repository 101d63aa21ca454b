/** YAML → unit tests of rules, or everything that is wrong with it. */
import type { Labels } from "../../../core/labels.ts";
import { parseNumber } from "../../../query/parser/literals.ts";
import { parseSeriesLine, type SeriesLine } from "../../../query/promqltest/series-line.ts";
import { alertNameLabel, sorted } from "../alert-series.ts";
import type { RuleProblem } from "../rule-problem.ts";
import { type Fields, nowhere, RuleReader, type Where } from "../rule-reader.ts";
import { readYaml, type YamlEntry, type YamlValue } from "../yaml-source.ts";
import type { AlertCase, ExpectedAlert, ExpectedSample, ExprCase, UnitTest, UnitTestFile } from "./unit-test-file.ts";

const fileKeys = ["rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare"];
const testKeys = [
  "name",
  "interval",
  "input_series",
  "alert_rule_test",
  "promql_expr_test",
  "external_labels",
  "external_url",
  "start_timestamp",
];
/** Source: cmd/promtool/unittest.go. */
const defaultIntervalMs = 60_000;

export interface ParsedUnitTests {
  readonly file: UnitTestFile;
  /** The tests are to be run only where there are none. */
  readonly problems: readonly RuleProblem[];
}

/** `path` is for messages. */
export function parseUnitTests(text: string, path: string): ParsedUnitTests {
  const reader = new RuleReader(path);
  const { root, problems } = readYaml(text);
  for (const { place, message } of problems) reader.problem(place, nowhere, message, "Write valid YAML");
  const fields: Fields = root === null ? new Map() : reader.fields(root, fileKeys, "a unit test file", nowhere);
  const evaluationIntervalMs = reader.duration(fields.get("evaluation_interval"), nowhere) || defaultIntervalMs;
  const parser = new UnitTestParser(reader);
  const file = {
    ruleFiles: parser.texts(fields.get("rule_files"), nowhere),
    evaluationIntervalMs,
    groupOrder: parser.groupOrder(fields.get("group_eval_order")),
    isFuzzy: reader.text(fields.get("fuzzy_compare"), nowhere) === "true",
    tests: reader.list(fields.get("tests"), nowhere).map((value, index) => parser.test(value, index + 1, evaluationIntervalMs)),
  };
  return { file, problems: reader.problems };
}

class UnitTestParser {
  readonly #reader: RuleReader;

  constructor(reader: RuleReader) {
    this.#reader = reader;
  }

  test(value: YamlValue, number: number, evaluationIntervalMs: number): UnitTest {
    const written =
      value
        .entries()
        ?.find(({ key }) => key === "name")
        ?.value.text() ?? null;
    const name = written ?? `test ${number}`;
    const where: Where = { group: null, rule: name };
    const reader = this.#reader;
    const fields = reader.fields(value, testKeys, "a test", where);
    return {
      name,
      intervalMs: reader.duration(fields.get("interval"), where) || evaluationIntervalMs,
      startMs: this.#startMs(fields.get("start_timestamp"), where),
      series: reader.list(fields.get("input_series"), where).flatMap((item) => this.#series(item, where)),
      alertCases: reader.list(fields.get("alert_rule_test"), where).map((item) => this.#alertCase(item, where)),
      exprCases: reader.list(fields.get("promql_expr_test"), where).map((item) => this.#exprCase(item, where)),
      externalLabels: labelsOf(reader.texts(fields.get("external_labels"), where)),
      externalUrl: reader.text(fields.get("external_url"), where) ?? "",
    };
  }

  texts(field: YamlEntry | undefined, where: Where): readonly string[] {
    return this.#reader.list(field, where).map((item) => item.text() ?? "");
  }

  groupOrder(field: YamlEntry | undefined): readonly string[] {
    const names = this.texts(field, nowhere);
    const repeated = names.find((name, index) => names.indexOf(name) !== index);
    if (repeated !== undefined) {
      this.#reader.problem(field?.value.place ?? null, nowhere, `group ${repeated} is in the order twice`, "Remove one");
    }
    return names;
  }

  #series(item: YamlValue, where: Where): readonly SeriesLine[] {
    const fields = this.#reader.fields(item, ["series", "values"], "a series", where);
    const series = this.#reader.text(fields.get("series"), where) ?? "";
    const values = this.#reader.text(fields.get("values"), where) ?? "";
    const line = this.#notation(`${series} ${values}`, item, where);
    return line === null ? [] : [line];
  }

  #alertCase(item: YamlValue, where: Where): AlertCase {
    const reader = this.#reader;
    const fields = reader.fields(item, ["eval_time", "alertname", "exp_alerts"], "an alert test", where);
    const alertName = reader.text(fields.get("alertname"), where) ?? "";
    if (alertName === "") reader.problem(item.place, where, "the alert test has no alertname", "Name the alert");
    return {
      line: item.place.line,
      atMs: reader.duration(fields.get("eval_time"), where) ?? 0,
      alertName,
      alerts: reader.list(fields.get("exp_alerts"), where).map((alert) => this.#expectedAlert(alert, alertName, where)),
    };
  }

  #expectedAlert(item: YamlValue, alertName: string, where: Where): ExpectedAlert {
    const reader = this.#reader;
    const fields = reader.fields(item, ["exp_labels", "exp_annotations"], "an expected alert", where);
    const labels = labelsOf(reader.texts(fields.get("exp_labels"), where));
    return {
      labels: sorted({ ...labels, [alertNameLabel]: alertName }),
      annotations: labelsOf(reader.texts(fields.get("exp_annotations"), where)),
    };
  }

  #exprCase(item: YamlValue, where: Where): ExprCase {
    const reader = this.#reader;
    const fields = reader.fields(item, ["expr", "eval_time", "exp_samples"], "an expression test", where);
    const expr = reader.text(fields.get("expr"), where) ?? "";
    if (expr === "") reader.problem(item.place, where, "the expression test has no expr", "Give it a PromQL expression");
    return {
      line: item.place.line,
      atMs: reader.duration(fields.get("eval_time"), where) ?? 0,
      expr,
      samples: reader.list(fields.get("exp_samples"), where).map((sample) => this.#sample(sample, where)),
    };
  }

  #sample(item: YamlValue, where: Where): ExpectedSample {
    const reader = this.#reader;
    const fields = reader.fields(item, ["labels", "value", "histogram"], "an expected sample", where);
    const written = reader.text(fields.get("labels"), where);
    const histogram = reader.text(fields.get("histogram"), where);
    const line = this.#notation(`${written === null ? "{}" : written} ${histogram ?? ""}`, item, where);
    const first = line?.values[0];
    if (typeof first === "object" && first !== null) return { labels: line?.labels ?? {}, value: first.histogram };
    return { labels: line?.labels ?? {}, value: this.#number(fields.get("value"), where) };
  }

  #number(field: YamlEntry | undefined, where: Where): number {
    const text = this.#reader.text(field, where);
    if (field === undefined || text === null) return 0;
    // YAML's spelling of the special values is `.inf` and `.nan`.
    const plain = text.replace(/^([+-]?)\.(inf|nan)$/i, "$1$2");
    const number = parseNumber(plain.replace(/^[+-]/, ""));
    if (number !== null) return plain.startsWith("-") ? -number : number;
    this.#reader.problem(field.value.place, where, `${JSON.stringify(text)} is not a number`, "Write it as 1, 0.5 or 1e3");
    return 0;
  }

  /** `null` where the text is no series; the reader is told. */
  #notation(text: string, item: YamlValue, where: Where): SeriesLine | null {
    try {
      return parseSeriesLine(text.trim());
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#reader.problem(item.place, where, error.message, 'Write series as name{label="value"}, values as 0+1x10 _ stale');
      return null;
    }
  }

  /** Seconds since the epoch or RFC 3339. */
  #startMs(field: YamlEntry | undefined, where: Where): number {
    const text = this.#reader.text(field, where);
    if (field === undefined || text === null) return 0;
    const ms = /^-?\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : Date.parse(text);
    if (Number.isFinite(ms)) return ms;
    this.#reader.problem(
      field.value.place,
      where,
      `${JSON.stringify(text)} is no time`,
      "Write seconds since 1970 or RFC 3339",
    );
    return 0;
  }
}

function labelsOf(entries: readonly YamlEntry[]): Labels {
  return sorted(Object.fromEntries(entries.map(({ key, value }) => [key, value.text() ?? ""])));
}
