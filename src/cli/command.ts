/**
 * What a command is: it declares its flags and arguments as data; parsing, help, typo suggestions, shell completion and the
 * reference page derive from the declaration.
 */
import type { Domain } from "../core/domain.ts";
import type { Role } from "../core/role.ts";
import type { ConfigOverrides, Environment } from "../io/config-file.ts";
import { type ArgumentDeclaration, type OptionDeclarations, readArguments } from "./read-arguments.ts";

/** The exit codes of every command. 78 is EX_CONFIG of sysexits.h; systemd is told not to restart on it. */
export const exitCodes = { ok: 0, runtime: 1, usage: 2, checkFailed: 3, config: 78 } as const;

/** Where a command's text goes: data to stdout, messages to stderr. A terminal has columns. */
export type Output = Pick<NodeJS.WriteStream, "isTTY" | "write"> & Partial<Pick<NodeJS.WriteStream, "columns">>;

export interface StartOptions {
  /** From `--config`. */
  readonly file: string | undefined;
  readonly flags: ConfigOverrides;
  readonly role: Role;
  /** Called with the address once it serves; default: it is printed. */
  readonly onServing?: (url: string) => void;
}

/** What the composition root hands to the commands. */
export interface CliDeps {
  /** Few commands need them, and loading all collectors takes a while. */
  readonly loadDomains: () => Promise<readonly Domain[]>;
  /** Runs the server until it is told to stop; resolves with the exit code. */
  start(options: StartOptions): Promise<number>;
  readonly version: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
}

export interface CommandContext extends CliDeps {
  /** All commands, for help and completion. */
  readonly commands: readonly Command[];
}

/** The given flags: a text for `string`, true for `boolean`, absent where not given. */
export type OptionValues<O extends OptionDeclarations> = {
  readonly [K in keyof O]?: O[K]["type"] extends "string" ? string : boolean;
};

export interface CommandDeclaration<O extends OptionDeclarations> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly examples: readonly { readonly command: string; readonly help: string }[];
  readonly arguments?: readonly ArgumentDeclaration[];
  readonly options: O;
  /** What the help ends with: exit codes, files. */
  readonly notes?: string;
  run(context: CommandContext, options: OptionValues<O>, args: readonly string[]): number | Promise<number>;
}

/** A command with its types folded away, so that all of them fit into one list. */
export interface Command extends Omit<CommandDeclaration<OptionDeclarations>, "run"> {
  readonly arguments: readonly ArgumentDeclaration[];
  /** Throws `UsageError` for wrong arguments. */
  run(context: CommandContext, argv: readonly string[]): Promise<number>;
}

/** Makes a command of its declaration: `run` gets flags and arguments that fit it. */
export function defineCommand<const O extends OptionDeclarations>(declaration: CommandDeclaration<O>): Command {
  const declaredArguments = declaration.arguments ?? [];
  return {
    ...declaration,
    arguments: declaredArguments,
    run: async (context, argv) => {
      const { values, positionals } = readArguments(argv, declaration.options, declaredArguments);
      // readArguments has checked every value against its declaration.
      return declaration.run(context, values as OptionValues<O>, positionals);
    },
  };
}
