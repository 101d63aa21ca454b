/**
 * Random queries, by PromQL's grammar: typed, so that most of them are valid, and with all of the language that Prometheus 2.42 has. They
 * are fast-check's arbitraries, so a query on which two engines differ shrinks to the smallest one that shows it.
 *
 * All times lie on half seconds and all lengths are whole seconds; evaluation times of subqueries are whole seconds, those of queries
 * half ones. So no sample and no step of a subquery lies on the edge of a window, where Prometheus 2 and 3 differ by design.
 */
import fc from "fast-check";
import {
  buckets,
  counters,
  dataEndMs,
  dataStartMs,
  distinct,
  finiteGauges,
  infos,
  labelValues,
  odd,
  oddText,
} from "./data-set.ts";

export interface FuzzQuery {
  readonly expr: string;
  readonly startMs: number;
  /** Whether the order of an instant query's elements is defined. */
  readonly ordered: boolean;
  /** An instant query where it is `null`. */
  readonly range: { readonly stepMs: number; readonly count: number } | null;
}

type Text = fc.Arbitrary<string>;

/** A text with arbitraries in its gaps. */
function text(parts: TemplateStringsArray, ...gaps: readonly Text[]): Text {
  return fc.tuple(...gaps).map((values) => parts.reduce((all, part, i) => all + (values[i - 1] ?? "") + part));
}

function from(...values: readonly string[]): Text {
  return fc.constantFrom(...values);
}

/** `none` three times as often as one of the others. */
function rarely(...choices: readonly Text[]): Text {
  return fc.oneof({ weight: 3 * choices.length, arbitrary: fc.constant("") }, ...choices);
}

const finiteNames = from(...counters, ...finiteGauges, buckets, infos, distinct);
const names = fc.oneof({ weight: 14, arbitrary: finiteNames }, from(odd));
const label = from("job", "instance", "code", "zone", "version", "le", "absent_label");
const duration = from("1m", "90s", "5m", "10m", "20m", "1h", "15s", "45s", "3h", "1h15m", "1d");
const numberText = from("0", "1", "2", "0.5", "-1", "3.7", "100", "1e3", "-0.25", "NaN", "Inf", "-Inf", "0x10");
const comparison = from("==", "!=", ">", "<", ">=", "<=");
const arithmetic = from("+", "-", "*", "/", "%", "^", "atan2");

const matcher: Text = fc.oneof(
  ...Object.entries(labelValues).map(([name, values]) => text`${from(name)}${from("=", "!=")}"${from(...values, "")}"`),
  from(`note=${JSON.stringify(oddText)}`, `note='${oddText.replaceAll("\\", "\\\\")}'`, `note!=\`${oddText}\``),
  text`${label}${from("=~", "!~")}"${from("a|b", "[ab]", "a.*", ".+", ".*", "2..", "web|eu", "")}"`,
);
const matchers: Text = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  text`{${fc.array(matcher, { minLength: 1, maxLength: 2 }).map((all) => all.join(","))}}`,
);
const labelList: Text = fc.uniqueArray(label, { maxLength: 3 }).map((all) => all.join(", "));

const atTime: Text = fc
  .noBias(fc.integer({ min: -200, max: (dataEndMs - dataStartMs) / 1000 + 400 }))
  .map((second) => `@ ${(dataStartMs + second * 1000 + 500) / 1000}`);
const at: Text = fc.oneof(atTime, from("@ start()", "@ end()"));
const offset = text`${from("offset", "offset", "OFFSET")} ${from("", "-")}${from("1m", "7m", "35s", "2h", "1h30m5s")}`;
const shift: Text = rarely(text` ${offset}`, text` ${at}`, text` ${at} ${offset}`, text` ${offset} ${at}`);

const elementFunctions = from(
  ..."abs ceil floor exp sqrt ln log2 log10 round sgn sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad".split(
    " ",
  ),
  ..."absent sort sort_desc timestamp".split(" "),
);
const dateFunctions = from(..."minute hour day_of_week day_of_month day_of_year days_in_month month year".split(" "));
const rangeFunctions = from(
  ..."rate increase delta irate idelta deriv changes resets absent_over_time present_over_time".split(" "),
  ..."avg min max sum count last stddev stdvar".split(" ").map((name) => `${name}_over_time`),
);
const aggregations = from(..."sum avg min max count group SUM".split(" "));
const deviations = from("stddev", "stdvar");

// What these take is chosen so that there is one right answer: see the head of `differences.ts`.
const ranked = from("topk", "bottomk");
const apart = text`${from("", "-", "100 - ", "2 * ")}${from(distinct)}${matchers}${shift}`;
const finite = text`${from("", "0.5 * ")}${finiteNames}${matchers}${shift}`;

/** A type, not an interface: `letrec` wants one with an index. */
type Grammar = { readonly vector: string; readonly range: string; readonly scalar: string };

/** The three types of expressions. `subquery` makes one of the others' vector, with its shift. */
function grammar(subqueryOf: (vector: Text) => Text): fc.LetrecValue<Grammar> {
  return fc.letrec<Grammar>((tie) => {
    const [vector, range, scalar] = [tie("vector"), tie("range"), tie("scalar")];
    const selector = text`${names}${matchers}${shift}`;
    const grouping = text`${from("by", "without", "BY")} (${labelList})`;
    const matching = text`${from("on", "ignoring")} (${labelList})`;
    const many = text`${matching} ${from("group_left", "group_right")} (${fc.oneof(fc.constant(""), label)})`;
    const bool = rarely(fc.constant(" bool"));
    const modifier = fc.oneof(fc.constant(""), text`${matching} `, text`${many} `);
    return {
      vector: fc.oneof(
        { maxDepth: 4, depthSize: "medium", withCrossShrink: true },
        { weight: 10, arbitrary: selector },
        {
          weight: 1,
          arbitrary: text`{${from('__name__=~"queue|brief|lone"', '__name__="queue"', 'job="api", le=""')}}${shift}`,
        },
        { weight: 3, arbitrary: text`${elementFunctions}(${vector})` },
        { weight: 6, arbitrary: text`${rangeFunctions}(${range})` },
        { weight: 4, arbitrary: text`${aggregations}(${vector})` },
        { weight: 4, arbitrary: text`${aggregations} ${grouping} (${vector})` },
        { weight: 4, arbitrary: text`${vector} ${arithmetic} ${modifier}${vector}` },
        { weight: 2, arbitrary: text`${vector} ${comparison}${bool} ${modifier}${vector}` },
        { weight: 2, arbitrary: text`${vector} ${arithmetic} ${scalar}` },
        { weight: 2, arbitrary: text`${scalar} ${arithmetic} ${vector}` },
        { weight: 2, arbitrary: text`${vector} ${comparison}${bool} ${scalar}` },
        { weight: 1, arbitrary: text`${scalar} ${comparison}${bool} ${vector}` },
        {
          weight: 2,
          arbitrary: text`${vector} ${from("and", "or", "unless", "AND")} ${fc.oneof(fc.constant(""), text`${matching} `)}${vector}`,
        },
        { weight: 1, arbitrary: text`${from("-", "+")}${vector}` },
        { weight: 1, arbitrary: text`(${vector})` },
        { weight: 1, arbitrary: text`vector(${scalar})` },
        { weight: 1, arbitrary: text`${ranked}(${fc.oneof(from("1", "2", "3"), scalar)}, ${apart})` },
        { weight: 1, arbitrary: text`${ranked} ${grouping} (${from("1", "2")}, ${apart})` },
        { weight: 1, arbitrary: text`${deviations} ${grouping} (${finite})` },
        {
          weight: 1,
          arbitrary: text`${dateFunctions}(${fc.oneof(finite, text`1e9 * ${finite}`, text`timestamp(${finite})`)})`,
        },
        { weight: 1, arbitrary: text`quantile ${grouping} (${fc.oneof(from("0.5", "0.9"), scalar)}, ${vector})` },
        { weight: 1, arbitrary: text`count_values ${grouping} ("${from("value", "job")}", ${finite})` },
        { weight: 1, arbitrary: text`quantile_over_time(${fc.oneof(from("0.5", "0.9"), scalar)}, ${range})` },
        { weight: 1, arbitrary: text`predict_linear(${range}, ${scalar})` },
        { weight: 1, arbitrary: text`${from("clamp_min", "clamp_max", "round")}(${vector}, ${scalar})` },
        { weight: 1, arbitrary: text`clamp(${vector}, ${scalar}, ${scalar})` },
        { weight: 1, arbitrary: text`histogram_quantile(${fc.oneof(from("0.5", "0.99"), scalar)}, ${vector})` },
        {
          weight: 2,
          arbitrary: text`histogram_quantile(${from("0.1", "0.5", "0.99", "2")}, ${aggregations} by (le${rarely(text`, ${label}`)}) (rate(${from(buckets)}${matchers}[${duration}])))`,
        },
        {
          weight: 1,
          arbitrary: text`label_replace(${vector}, "${label}", "${from("$1", "x-$1", "", "${1}y")}", "${label}", "${from("(.*)", "(.).*", "a", "(")}")`,
        },
        { weight: 1, arbitrary: text`label_join(${vector}, "${label}", "${from("-", "")}", "${label}", "${label}")` },
        { weight: 1, arbitrary: text`rate(${vector})` },
      ),
      range: fc.oneof(
        { maxDepth: 4, depthSize: "medium", withCrossShrink: true },
        { weight: 5, arbitrary: text`${names}${matchers}[${duration}]${shift}` },
        { weight: 2, arbitrary: subqueryOf(vector) },
      ),
      scalar: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        { weight: 6, arbitrary: numberText },
        { weight: 1, arbitrary: from("time()", "pi()") },
        { weight: 2, arbitrary: text`scalar(${vector})` },
        { weight: 1, arbitrary: text`(${scalar} ${arithmetic} ${scalar})` },
        { weight: 1, arbitrary: text`(${scalar} ${comparison} bool ${scalar})` },
        { weight: 1, arbitrary: text`(-${scalar})` },
      ),
    };
  });
}

// With a step at least in each window.
const resolution = from("[1m:]", "[1m:15s]", "[90s:45s]", "[5m:]", "[5m:20s]", "[10m:1m]", "[1h:7m]", "[20m:30s]", "[3h:5m]");

/** Within a subquery the evaluation times are whole seconds, so a subquery there looks half a second aside. */
const inner = grammar(
  (vector) => text`(${vector})${resolution} ${fc.oneof(text`offset ${from("500ms", "90500ms", "-500ms")}`, at)}`,
);
const outer = grammar(() => text`(${inner.vector})${resolution}${shift}`);

const ordered: Text = fc.oneof(
  text`${from("sort", "sort_desc")}(${outer.vector})`,
  text`${ranked}(${from("1", "3", "5")}, ${apart})`,
);
const unordered: Text = fc.oneof(
  { weight: 20, arbitrary: outer.vector },
  { weight: 1, arbitrary: outer.scalar },
  { weight: 1, arbitrary: outer.range },
);
/** Most of what lacks a character is no query. */
const damaged: Text = fc
  .tuple(unordered, fc.noBias(fc.nat()))
  .map(([expr, random]) => expr.slice(0, random % expr.length) + expr.slice((random % expr.length) + 1));

const expr = fc.oneof(
  { weight: 20, arbitrary: unordered.map((expr) => ({ expr, ordered: false })) },
  { weight: 1, arbitrary: ordered.map((expr) => ({ expr, ordered: true })) },
  { weight: 2, arbitrary: damaged.map((expr) => ({ expr, ordered: false })) },
);

const startMs = fc
  .noBias(fc.integer({ min: -100, max: (dataEndMs - dataStartMs) / 1000 + 200 }))
  .map((second) => dataStartMs + second * 1000 + 500);

const range = fc.record({ stepMs: fc.constantFrom(1000, 15_000, 60_000, 300_000), count: fc.integer({ min: 1, max: 40 }) });

export const fuzzQueries: fc.Arbitrary<FuzzQuery> = fc
  .record({ expr, startMs, range: fc.option(range, { freq: 1 }) })
  .map(({ expr, startMs, range }) => ({ ...expr, startMs, range }));
