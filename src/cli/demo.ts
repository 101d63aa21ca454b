/** `chainpulse demo`: real chain nodes under made-up load, watched as an operator's would be. */
import { listenSchema } from "../core/config-address.ts";
import { defineCommand } from "./command.ts";
import { parseDuration } from "./duration.ts";
import { UsageError } from "./usage-error.ts";

const faultsEveryMsMin = 1000;

export const demo = defineCommand({
  name: "demo",
  summary: "Show ChainPulse at work beside chain nodes that it starts for that.",
  examples: [
    { command: "chainpulse demo", help: "anvil and, where installed, two litecoind, under load; Ctrl-C ends it" },
    {
      command: "chainpulse demo --faults 60s",
      help: "Every minute something goes wrong: a reorganisation, a node that hangs …",
    },
    { command: "chainpulse demo --listen 127.0.0.1:0 --keep demo", help: "On any free port; its files stay in ./demo" },
  ],
  options: {
    listen: { type: "string", value: "HOST:PORT", help: "Where the page is served (default 127.0.0.1:9797)." },
    faults: { type: "string", value: "TIME", help: "Let something go wrong every so often, e.g. 60s (default: never)." },
    keep: { type: "string", value: "DIR", help: "An empty directory, where its files stay (default: removed)." },
  },
  notes:
    "The chains are real programs on this machine alone, with accounts and coins of no worth; everything of them is labelled\n" +
    "simulated, and no other chain client of the machine is shown. docs/demo.md says what there is to see.",
  run: async (context, options) => {
    const { listen = "127.0.0.1:9797", faults, keep } = options;
    if (!listenSchema.safeParse(listen).success) {
      throw new UsageError(`--listen takes HOST:PORT, e.g. 127.0.0.1:9797, not ${JSON.stringify(listen)}`);
    }
    const faultsEveryMs = faults === undefined ? null : Math.max(faultsEveryMsMin, parseDuration("--faults", faults));
    // Loaded here only: no other command needs what runs a chain.
    const { runDemo } = await import("./demo/run-demo.ts");
    return runDemo(context, { listen, faultsEveryMs, keep: keep ?? null });
  },
});
