/** Templates of alerts. What Go's own engine makes of the same texts is compared in test/extended/rules-promtool.test.ts. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../../test/support/any-character.ts";
import { type AlertFacts, expandAlertText, parseAlertText } from "./expand-alert-text.ts";
import { TemplateError } from "./template-error.ts";

const facts: AlertFacts = {
  labels: { __name__: "up", instance: "a.example.org:9100", job: "x" },
  value: 0.125,
  externalLabels: { dc: "eu" },
  world: {
    query: (expr) => {
      if (expr === "none") return [];
      if (expr === "broken") throw new Error("no such thing");
      return [
        { labels: { host: "b" }, value: 2 },
        { labels: { host: "a" }, value: 3 },
      ];
    },
    externalUrl: "https://pulse.example.org/base",
    nowSeconds: 1_600_000_000,
  },
};

function expand(text: string): string {
  return expandAlertText(parseAlertText(text), facts);
}

describe("expanding", () => {
  const cases: Readonly<Record<string, string>> = {
    "plain text": "plain text",
    "{{ $labels.job }}/{{ .Labels.none }}/{{ $externalLabels.dc }}": "x//eu",
    "{{ $value | humanizePercentage }}": "12.5%",
    "{{ externalURL }}{{ pathPrefix }} {{ $externalURL }}":
      "https://pulse.example.org/base/base https://pulse.example.org/base",
    '{{ range query "x" | sortByLabel "host" }}{{ .Labels.host }}={{ .Value }} {{ end }}': "a=3 b=2 ",
    '{{ range query "none" }}x{{ else }}nothing{{ end }}': "nothing",
    '{{ with query "x" }}{{ . | first | label "host" }}{{ end }}': "b",
    '{{ range $i, $e := query "x" }}{{ if $i }}, {{ end }}{{ $e.Labels.host }}{{ end }}': "b, a",
    '{{ range query "x" }}{{ if eq .Value 2.0 }}{{ continue }}{{ end }}{{ .Value }}{{ break }}{{ end }}': "3",
    "{{ if lt $value 0.5 }}low{{ else if true }}mid{{ else }}high{{ end }}": "low",
    "{{ with $x := 5 }}{{ $x }}{{ end }}{{ $y := 1 }}{{ if true }}{{ $y = 2 }}{{ end }}{{ $y }}": "52",
    "a  {{- 1 -}}  b": "a1b",
    '{{ define "t" }}<{{ .arg0 }}>{{ end }}{{ template "t" args "x" }}{{ tmpl "t" (args 1) }}': "<x><1>",
    '{{ block "b" . }}{{ .Value }}{{ end }}': "0.125",
    "{{ (toTime 1600000000.5).Format `2006-01-02 15:04:05.000 MST` }} {{ (toTime 0).Year }} {{ now | humanizeTimestamp }}":
      "2020-09-13 12:26:40.500 UTC 1970 2020-09-13 12:26:40 +0000 UTC",
    '{{ graphLink "up == 0" }} {{ tableLink "a&b" }}': "/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=a%26b&g0.tab=1",
    "{{ index $labels `job` }} {{ len $labels }} {{ not $value }} {{ and 1 0 }} {{ or 0 `` `z` }}": "x 3 false 0 z",
    "{{ range 3 }}{{ . }}{{ end }}": "012",
    '{{ printf "%.0f %.1f" 1e22 1e23 }}': "10000000000000000000000 99999999999999991611392.0",
    '{{ printf "%+v %+d %+v" 3 3 1.5 }} {{ toUpper "größe" }} {{ title "ß a" }}': "3 +3 1.5 GRÖßE ß A",
  };
  for (const [text, expected] of Object.entries(cases)) {
    it(text, () => {
      // A notification says something else than its author wrote if this fails.
      assert.equal(expand(text), expected);
    });
  }

  it("says in the text what went wrong", () => {
    // An alert that cannot be put into words must be sent all the same.
    const failing = {
      "{{ first (query `none`) }}": "error calling first: first() called on vector with no elements",
      "{{ query `broken` }}": "error calling query: no such thing",
      "{{ .Nothing }}": "error calling Nothing: can't evaluate field Nothing in type template.AlertTemplateData",
      "{{ gt $value 1 }}": "error calling gt: incompatible types for comparison",
      "{{ title 5 }}": "error calling title: wrong type for value; expected string; got int",
      "{{ humanize }}": "wrong number of args for humanize: want 1 got 0",
      "{{ template `none` }}": 'template "none" not defined',
      "{{ reReplaceAll `(` `` `x` }}": "error calling reReplaceAll: error parsing regexp: missing closing ): `(`",
    };
    for (const [text, message] of Object.entries(failing)) assert.equal(expand(text), `<error expanding template: ${message}>`);
  });

  it("ends what would not end", () => {
    // A template that calls itself would take the whole thread, and all alerts with it.
    assert.match(expand('{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}'), /exceeded maximum template depth/);
    assert.match(expand("{{ range 90000 }}{{ range 90000 }}{{ end }}{{ end }}"), /takes more than|^$/);
    assert.match(expand("{{ range 90000 }}long text{{ end }}"), /longer than|takes more than/);
    assert.match(expand("{{ range 90000 }}{{ query `x` | len }}{{ end }}"), /more than 100 queries/);
  });

  it("ends before texts that grow with each step have filled the memory", () => {
    // One rule file would end the thread that evaluates all others if this fails.
    const doubling = [
      'printf "%s%s" $x $x',
      "print $x $x",
      'reReplaceAll "a" $x $x',
      "args $x $x",
      'printf "%1000s%1000s%s" $x $x $x',
    ];
    for (const call of doubling) {
      const text = `{{ $x := args "a" }}{{ $x = "aaaaaaaa" }}{{ range 60 }}{{ $x = ${call} }}{{ end }}{{ $x }}`;
      assert.match(expand(text), /makes too much text|Invalid string length/, call);
    }
  });
});

describe("parsing", () => {
  const wrong: Readonly<Record<string, readonly [RegExp, number]>> = {
    "a {{ $labels.x": [/not closed/, 2],
    "{{ nope }}": [/function "nope" is not defined/, 3],
    "{{ $x }}": [/undefined variable "\$x"/, 3],
    "{{ if true }}x": [/\{\{if\}\} without \{\{end\}\}/, 6],
    "x{{ end }}": [/unexpected \{\{end\}\}/, 10],
    "{{ else }}": [/unexpected \{\{else\}\}/, 8],
    "{{ break }}": [/outside \{\{range\}\}/, 3],
    "{{ 'a }}": [/unexpected "'"/, 3],
    '{{ "a }}': [/the string is not closed/, 3],
    "{{ 1 2 }}": [/a function is missing/, 3],
    "{{ $value | 5 }}": [/a function is missing/, 12],
    "{{ }}": [/expected a value/, 3],
    "{{ 08 }}": [/bad number syntax: 08/, 3],
    "{{ 0x_ }}": [/bad number syntax: 0x_/, 3],
    "{{ 9223372036854775808 }}": [/integer overflow/, 3],
    "{{ 'ab' }}": [/is not valid/, 3],
    "{{ 5x }}": [/unexpected "x" after 5/, 4],
    "{{/* a */ b }}": [/a comment must end its action/, 2],
  };
  for (const [text, [message, offset]] of Object.entries(wrong)) {
    it(text, () => {
      // A mistake would be found only when the alert is due, or shown at the wrong place, if this fails.
      assert.throws(
        () => parseAlertText(text),
        (error: unknown) => error instanceof TemplateError && message.test(error.message) && error.offset === offset,
      );
    });
  }

  it("takes no longer for very many spaces than for other text", () => {
    // A file of 60,000 spaces held up the reading of all rules for seconds: each space was looked at thousands of times.
    assert.equal(expand(`${" ".repeat(60_000)}x${" ".repeat(5000)}{{- 1 -}}${" ".repeat(400)}y`), `${" ".repeat(60_000)}x1y`);
  });

  it("takes or refuses any text, and gives text without actions back as it is", () => {
    // A rule file is somebody else's: nothing in it may stop the evaluation of other rules.
    const piece = fc.constantFrom(
      ...'{{|}}|{{-|-}}|$labels.x|.Value|$value|if|else|end|range|with|define|"a"|`b`|(|)|:=|=|,|1.5|0x1f|08|0x_|humanize|query|eq|and|$|.|nil|true'.split(
        "|",
      ),
      " ",
      "|",
      "text",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((parts) => parts.join(" ")),
          fc.string({ unit: anyCharacter }),
        ),
        (text) => {
          try {
            const expanded = expand(text);
            if (!text.includes("{{")) assert.equal(expanded, text);
          } catch (error) {
            assert.ok(error instanceof TemplateError, String(error));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
