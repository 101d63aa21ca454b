import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProgramSection } from "../../core/panel.ts";
import { figuresOf, panelsOf } from "./programs.ts";

const figure = (name: string) => ({ name, help: "", unit: "count" as const, expr: "" });
const section = (id: string, names: readonly string[]): ProgramSection => ({
  id,
  title: id,
  programs: "",
  figures: names.map(figure),
  panels: [
    {
      id: `${id}-heap`,
      title: "Heap",
      help: "",
      unit: "bytes",
      queries: [{ expr: 'heap{job="$job",instance="$instance"}', legend: "heap" }],
      metrics: [],
    },
  ],
});

test("the charts of a program are about that program alone, whatever it is called", () => {
  // Wrong: the page of one program draws another's heap, or a name with a quote in it breaks all charts.
  const [panel] = panelsOf(section("go", []), { job: 'a"b', instance: "$job" });
  assert.deepEqual(
    panel?.queries.map(({ expr }) => expr),
    [String.raw`heap{job="a\"b",instance="$job"}`],
  );
});

test("the columns are the figures of the kinds that are listed, each once", () => {
  // Wrong: a list of Go programs has columns for JVMs, or the CPU twice.
  const sections = [section("go", ["cpu", "goroutines"]), section("jvm", ["cpu", "threads"]), section("python", ["objects"])];
  const row = (kind: string) => ({ kind, job: "j", instance: "i", figures: {} });
  assert.deepEqual(
    figuresOf(sections, [row("jvm"), row("go"), row("go")]).map(({ name }) => name),
    ["cpu", "goroutines", "threads"],
  );
  assert.deepEqual(figuresOf(sections, []), []);
});
