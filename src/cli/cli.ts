/** The command line: finds the command, runs it, and turns what goes wrong into one message and an exit code. */
import { ChainPulseError } from "../core/errors.ts";
import { escapeText } from "../io/log-format.ts";
import { agent } from "./agent.ts";
import { annotate } from "./annotate.ts";
import { checkConfig } from "./check-config.ts";
import { checkMetrics } from "./check-metrics.ts";
import { type CliDeps, type Command, exitCodes } from "./command.ts";
import { completion } from "./completion.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { init } from "./init.ts";
import { query } from "./query.ts";
import { rules } from "./rules.ts";
import { service } from "./service.ts";
import { start } from "./start.ts";
import { store } from "./store.ts";
import { token } from "./token.ts";
import { trace } from "./trace.ts";
import { suggestion, UsageError } from "./usage-error.ts";
import { version } from "./version.ts";

/** What is wrong in a file that the user has written. */
const configCodes: readonly string[] = ["CONFIG_INVALID", "RULES_INVALID", "SCRAPE_INVALID"];

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  start,
  demo,
  init,
  checkConfig,
  checkMetrics,
  doctor,
  query,
  trace,
  rules,
  store,
  token,
  agent,
  service,
  annotate,
  completion,
  version,
];

/** Runs one command line (without the program's name) and resolves with its exit code; never rejects for what a user can cause. */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  const [first, ...rest] = argv;
  try {
    if (first === undefined || first === "--help" || first === "-h" || first === "help") return showHelp(rest[0], deps);
    if (first === "--version" || first === "-v") return await version.run({ ...deps, commands }, rest);
    const command = findCommand(first);
    if (asksForHelp(rest)) return showHelp(first, deps);
    return await runCommand(command, rest, deps);
  } catch (error) {
    return report(error, deps);
  }
}

async function runCommand(command: Command, argv: readonly string[], deps: CliDeps): Promise<number> {
  try {
    return await command.run({ ...deps, commands }, argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    deps.stderr.write(`chainpulse ${command.name}: ${error.message}\nSee: chainpulse ${command.name} --help\n`);
    return exitCodes.usage;
  }
}

function showHelp(name: string | undefined, deps: CliDeps): number {
  deps.stdout.write(name === undefined ? generalHelp(commands) : commandHelp(findCommand(name)));
  return exitCodes.ok;
}

function findCommand(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const names = commands.map((candidate) => candidate.name);
  throw new UsageError(`unknown command ${JSON.stringify(name)}${suggestion(name, names, "")}`);
}

/** `--help` anywhere before `--`: whoever asks for help has not finished the command line yet. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).some((word) => word === "--help" || word === "-h");
}

function report(error: unknown, { stderr }: CliDeps): number {
  if (error instanceof UsageError) {
    stderr.write(`chainpulse: ${error.message}\nSee: chainpulse --help\n`);
    return exitCodes.usage;
  }
  if (error instanceof ChainPulseError) {
    // Messages may quote a file or a server; line ends are ours (a configuration has a line per problem).
    for (const line of [...error.message.split("\n"), ...(error.fix?.split("\n") ?? [])]) stderr.write(`${escapeText(line)}\n`);
    return configCodes.includes(error.code) ? exitCodes.config : exitCodes.runtime;
  }
  // Not foreseen, so a fault of ours: the stack is what a report needs.
  stderr.write(`chainpulse: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCodes.runtime;
}
