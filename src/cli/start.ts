/** `chainpulse start`: runs the server in the foreground. */
import { listenSchema } from "../core/config.ts";
import { defineCommand, exitCodes } from "./command.ts";
import { configOption } from "./options.ts";
import { UsageError } from "./usage-error.ts";

export const start = defineCommand({
  name: "start",
  summary: "Collect, store and show this machine's performance.",
  examples: [
    { command: "chainpulse start", help: "With the configuration that is found, or the defaults" },
    { command: "chainpulse start --config node.yaml", help: "With the node's own configuration file" },
    { command: "chainpulse start --listen 127.0.0.1:0", help: "On any free port; the line on stdout says which" },
  ],
  options: {
    config: configOption,
    listen: { type: "string", value: "HOST:PORT", help: "Where HTTP is served (default 127.0.0.1:9797)." },
    "data-dir": { type: "string", value: "DIR", help: "Where data is kept." },
    role: {
      type: "string",
      value: "ROLE",
      choices: ["all", "agent", "hub"],
      help: "all (default); agent and hub are not built yet.",
    },
  },
  notes:
    "Flags come before the environment (CHAINPULSE_LISTEN, CHAINPULSE_DATA_DIR, CHAINPULSE_CONFIG), that before the file.\n" +
    "SIGHUP and a changed file reload the configuration; a wrong one is refused and the old one stays.",
  run: async (context, options) => {
    const { config: file, listen, "data-dir": dataDir, role = "all" } = options;
    if (role !== "all") {
      context.stderr.write(
        `chainpulse start: the role ${role} is not built yet; leave --role out to run everything on this machine\n`,
      );
      return exitCodes.usage;
    }
    if (listen !== undefined && !listenSchema.safeParse(listen).success) {
      throw new UsageError(`--listen takes HOST:PORT, e.g. 127.0.0.1:9797, not ${JSON.stringify(listen)}`);
    }
    return context.start({ file, flags: { listen, dataDir }, role: "all" });
  },
});
