/** `chainpulse start`: runs the server in the foreground. */
import { listenSchema } from "../core/config-address.ts";
import { hubUrlSchema, pinSchema } from "../core/config-hub.ts";
import { roles } from "../core/role.ts";
import { defineCommand } from "./command.ts";
import { configOption } from "./options.ts";
import { UsageError } from "./usage-error.ts";

export const start = defineCommand({
  name: "start",
  summary: "Collect, store and show this machine's performance.",
  examples: [
    { command: "chainpulse start", help: "With the configuration that is found, or the defaults" },
    { command: "chainpulse start --config node.yaml", help: "With the node's own configuration file" },
    {
      command: "chainpulse start --role agent --hub https://hub:9797 --token-file hub.token --pin sha256/…",
      help: "As an agent; `chainpulse agent add` on the hub prints the line",
    },
    { command: "chainpulse start --listen 127.0.0.1:0", help: "On any free port; the line on stdout says which" },
  ],
  options: {
    config: configOption,
    listen: { type: "string", value: "HOST:PORT", help: "Where HTTP is served (default 127.0.0.1:9797)." },
    "data-dir": { type: "string", value: "DIR", help: "Where data is kept." },
    role: {
      type: "string",
      value: "ROLE",
      choices: roles,
      help: "all (default); agent: collect and send to a hub; hub: take what agents send.",
    },
    hub: { type: "string", value: "URL", help: "The hub that an agent sends to (https://HOST:PORT)." },
    "token-file": { type: "string", value: "FILE", help: "File with the agent's token." },
    pin: { type: "string", value: "PIN", help: "The hub's public key: sha256/…" },
    node: { type: "string", value: "ID", help: "The node's id (default: the host's name)." },
  },
  notes:
    "Flags come before the environment (CHAINPULSE_LISTEN, CHAINPULSE_DATA_DIR, CHAINPULSE_CONFIG), that before the file.\n" +
    "SIGHUP and a changed file reload the configuration; a wrong one is refused and the old one stays.",
  run: async (context, options) => {
    const { config: file, listen, "data-dir": dataDir, node, hub: url, "token-file": tokenFile, pin } = options;
    const role = roles.find((known) => known === options.role) ?? "all";
    if (url !== undefined && !hubUrlSchema.safeParse(url).success) {
      throw new UsageError(`--hub takes an https address, e.g. https://hub.example:9797, not ${JSON.stringify(url)}`);
    }
    if (pin !== undefined && !pinSchema.safeParse(pin).success) {
      throw new UsageError("--pin takes sha256/ and 44 characters of base64, as `chainpulse agent add` prints them");
    }
    if (listen !== undefined && !listenSchema.safeParse(listen).success) {
      throw new UsageError(`--listen takes HOST:PORT, e.g. 127.0.0.1:9797, not ${JSON.stringify(listen)}`);
    }
    const hub = {
      ...(url === undefined ? {} : { url }),
      ...(tokenFile === undefined ? {} : { token_file: tokenFile }),
      ...(pin === undefined ? {} : { pin }),
    };
    return context.start({ file, flags: { listen, dataDir, node, hub }, role });
  },
});
