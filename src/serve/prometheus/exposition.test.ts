import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../test/support/any-character.ts";
import { metricNameLabel } from "../../core/labels.ts";
import type { VectorSample } from "../../query/api.ts";
import { lab, labDomain } from "../lab.test-support.ts";
import { chooseFormat, type ExpositionFormat, formatValue, writeExposition } from "./exposition.ts";

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): VectorSample {
  return { labels: { [metricNameLabel]: name, ...labels }, timestampMs: 0, value };
}

const samples = [
  sample(lab.turns.prometheusName, { wheel: "0" }, 5),
  sample(lab.heat.prometheusName, {}, 21.5),
  sample(lab.turns.prometheusName, { wheel: 'a "b"\\\n' }, 1e21),
  sample("undeclared", {}, Number.NaN),
];

describe("the exposition", () => {
  test("Prometheus text: families together, with help and type", () => {
    // If it fails, Prometheus refuses the scrape or shows no help.
    const heat = lab.heat.prometheusName;
    const turns = lab.turns.prometheusName;
    assert.equal(
      writeExposition(samples, [labDomain], "text"),
      [
        `# HELP ${heat} Heat of the kettle,\\nwith a \\\\ and a "quote".`,
        `# TYPE ${heat} gauge`,
        `${heat} 21.5`,
        `# HELP ${turns} Turns of each wheel.`,
        `# TYPE ${turns} counter`,
        `${turns}{wheel="0"} 5`,
        `${turns}{wheel="a \\"b\\"\\\\\\n"} 1e+21`,
        "# TYPE undeclared untyped",
        "undeclared NaN",
        "",
      ].join("\n"),
    );
  });

  test("alerts have help too", () => {
    // If it fails, promtool complains about a node as soon as an alert fires on it.
    const text = writeExposition([sample("ALERTS", { alertstate: "firing" }, 1)], [], "text");
    assert.match(text, /^# HELP ALERTS 1 while .*\n# TYPE ALERTS untyped\nALERTS\{alertstate="firing"\} 1\n$/);
  });

  test("with their times, and with names of any text in quotes", () => {
    // If it fails, one series with a dot in its name costs a federating Prometheus the whole scrape.
    const odd = { ...sample("http.status", { "server.name": "a", plain: "b" }, 3), timestampMs: 1_764_000_000_500 };
    assert.equal(
      writeExposition([odd, sample("up", {}, 1)], [], "text", { withTimes: true }),
      [
        '# TYPE "http.status" untyped',
        '{"http.status","server.name"="a",plain="b"} 3 1764000000500',
        "# TYPE up untyped",
        "up 1 0",
        "",
      ].join("\n"),
    );
  });

  test("OpenMetrics: unit, counter family without its suffix, end mark", () => {
    // If it fails, strict readers refuse the scrape.
    const heat = lab.heat.prometheusName;
    const turns = lab.turns.prometheusName;
    assert.equal(
      writeExposition(samples, [labDomain], "openmetrics"),
      [
        `# HELP ${heat} Heat of the kettle,\\nwith a \\\\ and a \\"quote\\".`,
        `# TYPE ${heat} gauge`,
        `# UNIT ${heat} celsius`,
        `${heat} 21.5`,
        `# HELP ${turns.replace(/_total$/, "")} Turns of each wheel.`,
        `# TYPE ${turns.replace(/_total$/, "")} counter`,
        `${turns}{wheel="0"} 5`,
        `${turns}{wheel="a \\"b\\"\\\\\\n"} 1e+21`,
        "# TYPE undeclared unknown",
        "undeclared NaN",
        "# EOF",
        "",
      ].join("\n"),
    );
    assert.equal(writeExposition([], [], "openmetrics"), "# EOF\n");
  });

  test("S10, S12: any label value comes back as it was, on one line", () => {
    // If it fails, a process with a hostile name forges samples or breaks the scrape.
    const label = fc.string({ unit: anyCharacter });
    const formats = fc.constantFrom<ExpositionFormat>("text", "openmetrics");
    fc.assert(
      fc.property(fc.array(fc.tuple(label, fc.double()), { maxLength: 5 }), formats, (rows, format) => {
        const written = writeExposition(
          rows.map(([value, number]) => sample("hostile", { value }, number)),
          [],
          format,
        );
        const lines = written.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
        assert.deepEqual(lines.map(readSample), rows);
      }),
    );
  });

  test("values are written as Go reads them", () => {
    // If it fails, infinities and NaN become parse errors.
    assert.deepEqual([Number.NaN, Infinity, -Infinity, -0, 0.1].map(formatValue), ["NaN", "+Inf", "-Inf", "-0", "0.1"]);
  });

  test("the format is the one that Accept weighs higher", () => {
    // If it fails, a scraper gets a format that it cannot read.
    const cases: readonly (readonly [string, ExpositionFormat])[] = [
      ["", "text"],
      ["*/*", "text"],
      ["text/html,application/xhtml+xml", "text"],
      ["application/openmetrics-text", "openmetrics"],
      // What Prometheus 3 sends (scrape/scrape.go).
      [
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
          "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "openmetrics",
      ],
      ["text/plain;version=0.0.4;q=1,application/openmetrics-text;q=0.5", "text"],
      ["application/openmetrics-text;q=0", "text"],
    ];
    for (const [accept, format] of cases) assert.equal(chooseFormat(accept), format, accept);
    fc.assert(fc.property(fc.string(), (accept) => ["text", "openmetrics"].includes(chooseFormat(accept))));
  });
});

/** The value of the one label, and the number; written against the format's description, not against the writer. */
function readSample(line: string): readonly [string, number] {
  const match = /^hostile\{value="((?:[^"\\\n]|\\[\\n"])*)"\} (\S+)$/s.exec(line);
  assert.ok(match, line);
  const label = (match[1] ?? "").replaceAll(/\\(.)/gs, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  const text = match[2] ?? "";
  const value = text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
  return [label, value];
}
