/** Help texts, made from the commands' declarations: examples first, because that is what people look for. */
import type { Command } from "./command.ts";

/** `chainpulse --help` */
export function generalHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return lines(
    "ChainPulse measures and explains the performance of blockchain nodes.",
    "",
    "Usage: chainpulse <command> [flags]",
    "",
    "Examples:",
    ...columns([
      ["chainpulse start", "Show this machine at http://127.0.0.1:9797"],
      ["chainpulse doctor", "Say what cannot be read, why, and what to do"],
    ]),
    "",
    "Commands:",
    ...columns(rows),
    "",
    "chainpulse <command> --help tells more about one of them.",
    "Exit codes: 0 ok, 1 runtime error, 2 wrong usage, 3 a check failed, 78 wrong configuration.",
  );
}

/** `chainpulse <command> --help` */
export function commandHelp(command: Command): string {
  const usage = command.arguments
    .map(({ name, optional, repeats }) => `${optional === true ? ` [${name}]` : ` <${name}>`}${repeats === true ? "…" : ""}`)
    .join("");
  const flags = Object.entries(command.options).map(
    ([name, option]) => [option.type === "string" ? `--${name} ${option.value ?? "VALUE"}` : `--${name}`, option.help] as const,
  );
  return lines(
    command.summary,
    "",
    "Examples:",
    ...columns(command.examples.map(({ command: text, help }) => [text, help] as const)),
    "",
    `Usage: chainpulse ${command.name}${usage} [flags]`,
    ...section(
      "Arguments:",
      command.arguments.map(({ name, help }) => [name, help] as const),
    ),
    ...section("Flags:", [...flags, ["--help", "Show this help."] as const]),
    ...(command.notes === undefined ? [] : ["", command.notes]),
  );
}

function section(title: string, rows: readonly (readonly [string, string])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", title, ...columns(rows)];
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function lines(...parts: readonly string[]): string {
  return `${parts.join("\n")}\n`;
}
