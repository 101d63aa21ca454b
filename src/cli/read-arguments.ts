/** Reads a command's flags and arguments as their declarations say. */
import { parseArgs } from "node:util";
import { suggestion, UsageError } from "./usage-error.ts";

export interface OptionDeclaration {
  readonly type: "string" | "boolean";
  /** How the value is called in the help: `FILE`. */
  readonly value?: string;
  readonly help: string;
  /** The value must be one of these. */
  readonly choices?: readonly string[];
}

export type OptionDeclarations = Readonly<Record<string, OptionDeclaration>>;

export interface ArgumentDeclaration {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** It may be given more than once; only the last argument can be. */
  readonly repeats?: boolean;
  readonly choices?: readonly string[];
}

interface ReadArguments {
  readonly values: Readonly<Record<string, string | boolean>>;
  readonly positionals: readonly string[];
}

/** The flags and arguments in `argv`, checked against their declarations. Throws `UsageError` that says what is wrong and what was meant. */
export function readArguments(
  argv: readonly string[],
  options: OptionDeclarations,
  declared: readonly ArgumentDeclaration[],
): ReadArguments {
  const parserOptions = Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
  const { tokens } = parseArgs({ args: [...argv], options: parserOptions, strict: false, tokens: true });
  const values: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind === "option") values[token.name] = readOption(token, options);
  }
  checkPositionals(positionals, declared);
  return { values, positionals };
}

interface OptionToken {
  readonly name: string;
  /** As it was written: `--config`, `-c`. */
  readonly rawName: string;
  readonly value: string | undefined;
  /** Written as `--config=FILE`. */
  readonly inlineValue: boolean | undefined;
}

function readOption({ name, rawName, value, inlineValue }: OptionToken, options: OptionDeclarations): string | boolean {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) throw new UsageError(`unknown flag ${rawName}${suggestion(name, Object.keys(options), "--")}`);
  if (option.type === "boolean") {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    return true;
  }
  // `--config --json` is a forgotten value; one that does begin with a dash is written `--config=-x`.
  const forgotten = value === undefined || value === "" || (inlineValue !== true && /^-./.test(value));
  if (forgotten) throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value ?? "VALUE"}`);
  checkChoice(rawName, value, option.choices);
  return value;
}

function checkPositionals(positionals: readonly string[], declared: readonly ArgumentDeclaration[]): void {
  for (const [index, argument] of declared.entries()) {
    const value = positionals[index];
    if (value !== undefined) checkChoice(argument.name, value, argument.choices);
    else if (argument.optional !== true) throw new UsageError(`${argument.name} is missing: ${argument.help}`);
  }
  const surplus = positionals[declared.length];
  if (surplus !== undefined && declared.at(-1)?.repeats !== true)
    throw new UsageError(`unexpected argument ${JSON.stringify(surplus)}`);
}

function checkChoice(subject: string, value: string, choices: readonly string[] | undefined): void {
  if (choices === undefined || choices.includes(value)) return;
  throw new UsageError(
    `${subject} is one of ${choices.join(", ")}, not ${JSON.stringify(value)}${suggestion(value, choices, "")}`,
  );
}
