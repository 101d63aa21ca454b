/** `chainpulse completion`: completion scripts for shells, made from the commands' declarations. */
import { type Command, defineCommand, exitCodes } from "./command.ts";

export const completion = defineCommand({
  name: "completion",
  summary: "Print a completion script for a shell.",
  examples: [
    { command: "chainpulse completion bash > ~/.local/share/bash-completion/completions/chainpulse", help: "bash" },
    { command: "chainpulse completion zsh > ~/.zfunc/_chainpulse", help: "zsh, with ~/.zfunc in fpath" },
    { command: "chainpulse completion fish > ~/.config/fish/completions/chainpulse.fish", help: "fish" },
  ],
  arguments: [{ name: "SHELL", help: "bash, zsh or fish", choices: ["bash", "zsh", "fish"] }],
  options: {},
  run: ({ stdout, commands }, _options, [shell]) => {
    stdout.write(shell === "fish" ? fishScript(commands) : shell === "zsh" ? zshScript(commands) : bashScript(commands));
    return exitCodes.ok;
  },
});

/** The words that may follow a command: its flags, and the choices of its arguments. File names are the shell's own business. */
function wordsOf(command: Command): readonly string[] {
  const flags = Object.keys(command.options).map((name) => `--${name}`);
  return [...flags, "--help", ...command.arguments.flatMap(({ choices }) => choices ?? [])];
}

function bashScript(commands: readonly Command[]): string {
  const cases = commands.map((command) => `    ${command.name}) words="${wordsOf(command).join(" ")}" ;;`);
  return `# bash completion for chainpulse
_chainpulse() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${commands.map(({ name }) => name).join(" ")}"
  [ "$COMP_CWORD" -gt 1 ] && case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) words="" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _chainpulse chainpulse
`;
}

function zshScript(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  const cases = commands.map((command) => `    ${command.name}) compadd -- ${wordsOf(command).join(" ")} ;;`);
  return `#compdef chainpulse
_chainpulse() {
  local -a commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${cases.join("\n")}
  esac
  _files
}
_chainpulse "$@"
`;
}

function fishScript(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const inside = quote(`__fish_seen_subcommand_from ${command.name}`);
    const flags = Object.entries(command.options).map(([name, { type, help }]) => {
      return `complete -c chainpulse -n ${inside} -l ${name}${type === "string" ? " -r" : ""} -d ${quote(help)}`;
    });
    const choices = command.arguments.flatMap((argument) => argument.choices ?? []);
    return [
      `complete -c chainpulse -n __fish_use_subcommand -f -a ${command.name} -d ${quote(command.summary)}`,
      ...flags,
      ...(choices.length === 0 ? [] : [`complete -c chainpulse -n ${inside} -f -a ${quote(choices.join(" "))}`]),
    ];
  });
  return `# fish completion for chainpulse\n${lines.join("\n")}\n`;
}

/** Single quotes for all three shells; a quote inside ends, escapes and reopens them. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
