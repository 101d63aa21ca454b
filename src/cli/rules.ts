/** `chainpulse rules`: rule files as their authors see them. Each action has a file of its own, loaded when it is asked for. */
import { defineCommand } from "./command.ts";
import { jsonOption } from "./options.ts";
import { UsageError } from "./usage-error.ts";

const actions = ["check", "test"] as const;

export const rules = defineCommand({
  name: "rules",
  summary: "Check Prometheus rule files, and run their unit tests.",
  examples: [
    { command: "chainpulse rules check rules/*.yml", help: "Every mistake with its line, column and what to do" },
    { command: "chainpulse rules test rules/tests/*.yml", help: "Unit tests in promtool's format" },
    { command: "chainpulse rules test --run outage tests.yml", help: "Only the tests whose name has this in it" },
  ],
  arguments: [
    { name: "ACTION", help: actions.join(", "), choices: actions },
    { name: "FILE", help: "check: rule files; test: unit test files, which name their rule files themselves", repeats: true },
  ],
  options: {
    run: { type: "string", value: "REGEX", help: "Run only tests with such a name (test)." },
    json: jsonOption,
  },
  notes: "Exit code 3 when a file is wrong or a test fails.",
  run: async (context, { run, json = false }, [action = "", ...files]) => {
    if (action === "test") {
      const { testRules } = await import("./rules-test.ts");
      return testRules(context, files, { json, pattern: run === undefined ? null : patternOf(run) });
    }
    if (run !== undefined) throw new UsageError("rules check takes no --run");
    const { checkRules } = await import("./rules-check.ts");
    return checkRules(context, files, json);
  },
});

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (error) {
    throw new UsageError(`--run: ${error instanceof Error ? error.message : String(error)}`);
  }
}
