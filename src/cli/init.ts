/** `chainpulse init`: writes a commented configuration file from what it finds on the machine. */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { writeFileAtomic } from "../io/atomic-file.ts";
import { defineCommand, exitCodes } from "./command.ts";
import { detect } from "./init-detect.ts";
import { configTemplate } from "./init-template.ts";
import { UsageError } from "./usage-error.ts";

export const init = defineCommand({
  name: "init",
  summary: "Write a commented configuration file for this machine.",
  examples: [
    { command: "chainpulse init", help: "Into ./chainpulse.yaml, where start finds it" },
    { command: "chainpulse init /etc/chainpulse/config.yaml", help: "For the whole machine" },
    { command: "chainpulse init --stdout", help: "Only show it" },
  ],
  arguments: [{ name: "FILE", help: "Where to write (default ./chainpulse.yaml).", optional: true }],
  options: {
    force: { type: "boolean", help: "Replace an existing file." },
    stdout: { type: "boolean", help: "Print the file instead of writing it." },
  },
  run: ({ stdout, stderr }, { force = false, stdout: print = false }, [file = "chainpulse.yaml"]) => {
    const text = configTemplate(detect({ hostname: hostname(), root: "/" }));
    if (print) {
      stdout.write(text);
      return exitCodes.ok;
    }
    const path = resolve(file);
    if (!writeFileAtomic(path, text, { mode: 0o644, overwrite: force })) {
      throw new UsageError(`${path} exists already; --force replaces it`);
    }
    stderr.write(`Wrote ${path}. Start with: chainpulse start --config ${file}\n`);
    return exitCodes.ok;
  },
});
