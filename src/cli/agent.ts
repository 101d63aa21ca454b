/** `chainpulse agent`: makes, lists and removes the agents of the hub whose data directory this is. */
import type { AgentRecord } from "../core/agent-record.ts";
import { agentStatusOf } from "../core/agent-status.ts";
import type { Config } from "../core/config.ts";
import { ChainPulseError } from "../core/errors.ts";
import { dataDirOf, loadConfig } from "../io/config-file.ts";
import { readBytes } from "../io/file-tree.ts";
import { pinOfPem } from "../io/pinned-connection.ts";
import type { TokenInfo } from "../store/state/tokens.ts";
import { type CommandContext, defineCommand, exitCodes } from "./command.ts";
import { parseDuration } from "./duration.ts";
import { configOption, dataDirOption, jsonOption } from "./options.ts";
import { formatTable, printJson } from "./output.ts";
import { UsageError } from "./usage-error.ts";

/** Loaded when they are needed only: the command line must answer `--help` without them. */
const loadStores = async () => {
  const [{ openTokenStore }, { openAgentRegistry }] = await Promise.all([
    import("../store/state/tokens.ts"),
    import("../store/state/agents.ts"),
  ]);
  return { openTokenStore, openAgentRegistry };
};

type Stores = Awaited<ReturnType<typeof openStores>>;

interface AgentOptions {
  readonly url?: string;
  readonly expires?: string;
  readonly json?: boolean;
}

export const agent = defineCommand({
  name: "agent",
  summary: "Add, list and remove the agents that report to this hub.",
  examples: [
    {
      command: "chainpulse agent add node-7 > node-7.token",
      help: "The token is on stdout, once; what to run on the node on stderr",
    },
    { command: "chainpulse agent list", help: "Who reports, since when, from where" },
    { command: "chainpulse agent remove node-7", help: "Its token is revoked, and it is not waited for any more" },
  ],
  arguments: [
    { name: "ACTION", help: "add, list or remove", choices: ["add", "list", "remove"] },
    { name: "NODE", help: "the node's id (add, remove)", optional: true },
  ],
  options: {
    url: { type: "string", value: "URL", help: "Where agents reach this hub (add; default: where it listens)." },
    expires: { type: "string", value: "TIME", help: "Lifetime of the token such as 90d (add; default: for ever)." },
    config: configOption,
    "data-dir": dataDirOption,
    json: jsonOption,
  },
  notes: "Run it as the user that the hub runs as. What an agent has sent is kept when it is removed.",
  run: async (context, options, [action, node]) => {
    const { config: file, "data-dir": dataDir } = options;
    if (action === "list" && node !== undefined) throw new UsageError("agent list takes no node");
    if (action !== "list" && node === undefined) throw new UsageError(`agent ${action} needs the node's id`);
    const { config } = await loadConfig({ file, flags: { dataDir }, env: context.env });
    const stores = await openStores(dataDirOf(config, context.env));
    try {
      if (action === "add") return add(context, options, config, stores, String(node));
      return action === "list" ? list(context, options, stores) : remove(context, stores, String(node));
    } finally {
      stores.registry.close();
      stores.tokens.close();
    }
  },
});

async function openStores(dataDir: string) {
  const { openTokenStore, openAgentRegistry } = await loadStores();
  return { tokens: openTokenStore(dataDir), registry: openAgentRegistry(dataDir) };
}

function add(
  { stdout, stderr }: CommandContext,
  options: AgentOptions,
  config: Config,
  { tokens }: Stores,
  node: string,
): number {
  const { expires, json = false } = options;
  if (node.length > 128) throw new UsageError("a node's id has at most 128 characters");
  const nowMs = Date.now();
  const expiresMs = expires === undefined ? null : nowMs + parseDuration("--expires", expires);
  const url = options.url ?? urlOf(config);
  const pin = config.server.tls === undefined ? null : pinOfPem(readBytes(config.server.tls.cert_file));
  const older = tokens.list().filter((known) => known.node === node && (known.expiresMs ?? nowMs + 1) > nowMs);
  const { id, token } = tokens.create({ name: `agent ${node}`, scopes: ["agent"], node, expiresMs, nowMs });
  const command = ["chainpulse", "start", "--role", "agent", "--node", node, "--hub", url, "--token-file", "hub.token"];
  const words = [...command, ...(pin === null ? [] : ["--pin", pin])].map(quote).join(" ");
  if (json) {
    printJson(stdout, { id, token, node, url, pin, expiresMs, command: words });
    return exitCodes.ok;
  }
  stdout.write(`${token}\n`);
  stderr.write(
    `The token is for the node ${node} alone, and is shown this once. Put it on the node into a file that only ChainPulse's user\n` +
      `can read, here hub.token, and run there:\n\n  ${words}\n\n` +
      "Its configuration file can say the same: node.id, and hub with url, token_file and pin.\n",
  );
  if (older.length > 0) {
    const ids = older.map((known) => known.id).join(", ");
    stderr.write(`Older tokens of this node stay valid: ${ids}. To end one: chainpulse token revoke ID\n`);
  }
  if (pin === null) {
    stderr.write("This hub serves HTTP without server.tls: agents speak to it on this machine only. See docs/hub.md.\n");
  }
  return exitCodes.ok;
}

function urlOf({ server: { listen, tls } }: Config): string {
  return `${tls === undefined ? "http" : "https"}://${listen.replace(/^(0\.0\.0\.0|\[::\])/, "HUB")}/`;
}

/** For a POSIX shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

interface Listed {
  readonly node: string;
  readonly record: AgentRecord | null;
  /** `null`: it cannot send any more. */
  readonly token: TokenInfo | null;
}

function list({ stdout }: CommandContext, { json = false }: AgentOptions, { tokens, registry }: Stores): number {
  const records = new Map(registry.list().map((record) => [record.node, record]));
  const given = new Map(tokens.list().flatMap((token) => (token.node === null ? [] : [[token.node, token] as const])));
  const nodes = [...new Set([...records.keys(), ...given.keys()])].sort();
  const agents = nodes.map((node): Listed => ({ node, record: records.get(node) ?? null, token: given.get(node) ?? null }));
  if (json) printJson(stdout, { agents });
  else stdout.write(formatTable([["NODE", "STATUS", "TOKEN", "LAST SEEN", "ADDRESS", "VERSION"], ...agents.map(rowOf)]));
  return exitCodes.ok;
}

function rowOf({ node, record, token }: Listed): readonly string[] {
  const status = record === null ? "never came" : agentStatusOf(record, Date.now());
  const seen = record === null ? "" : `${new Date(record.lastSeenMs).toISOString().slice(0, 19)}Z`;
  return [node, status, token?.id ?? "revoked", seen, record?.address ?? "", record?.version ?? ""];
}

function remove({ stderr }: CommandContext, { tokens, registry }: Stores, node: string): number {
  const revoked = tokens.revokeNode(node);
  const isForgotten = registry.forget(node);
  if (revoked === 0 && !isForgotten) {
    throw new ChainPulseError("NODE_NOT_FOUND", `there is no agent ${JSON.stringify(node)}`, {
      fix: "See: chainpulse agent list",
    });
  }
  stderr.write(`The agent ${node} is removed. What it has sent stays, and goes with its age.\n`);
  return exitCodes.ok;
}
