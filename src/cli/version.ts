/** `chainpulse version` */
import { defineCommand, exitCodes } from "./command.ts";
import { jsonOption } from "./options.ts";
import { printJson } from "./output.ts";

export const version = defineCommand({
  name: "version",
  summary: "Print the version.",
  examples: [
    { command: "chainpulse version", help: "For people" },
    { command: "chainpulse version --json", help: "With Node's version and the platform" },
  ],
  options: { json: jsonOption },
  run: (context, { json = false }) => {
    if (json) {
      const platform = `${process.platform}-${process.arch}`;
      printJson(context.stdout, { version: context.version, node: process.versions.node, platform });
    } else {
      context.stdout.write(`chainpulse ${context.version}\n`);
    }
    return exitCodes.ok;
  },
});
