/** `chainpulse token`: makes, lists and revokes the access tokens of the server whose data directory this is. */
import { ChainPulseError } from "../core/errors.ts";
import { dataDirOf, loadConfig } from "../io/config-file.ts";
import type { Scope, TokenInfo, TokenStore } from "../store/state/tokens.ts";
import { type CommandContext, defineCommand, exitCodes } from "./command.ts";
import { parseDuration } from "./duration.ts";
import { configOption, dataDirOption, jsonOption } from "./options.ts";
import { formatTable, printJson } from "./output.ts";
import { suggestion, UsageError } from "./usage-error.ts";

/** The store is loaded when it is needed only: the command line must answer `--help` without it. */
const loadTokens = () => import("../store/state/tokens.ts");

interface TokenOptions {
  readonly name?: string;
  readonly agent?: string;
  readonly scopes?: string;
  readonly expires?: string;
  readonly json?: boolean;
}

export const token = defineCommand({
  name: "token",
  summary: "Create, list and revoke access tokens.",
  examples: [
    { command: "chainpulse token create --name grafana", help: "May read; does not expire" },
    {
      command: "chainpulse token create --name ci --scopes read,write --expires 90d > token",
      help: "The token is on stdout, once",
    },
    { command: "chainpulse token list", help: "All tokens, without their secrets" },
    { command: "chainpulse token revoke 4f2a9c01", help: "By the id in the list" },
  ],
  arguments: [
    { name: "ACTION", help: "create, list or revoke", choices: ["create", "list", "revoke"] },
    { name: "ID", help: "the token to revoke", optional: true },
  ],
  options: {
    name: { type: "string", value: "NAME", help: "What the token is for (create)." },
    agent: { type: "string", value: "NODE", help: "For the agent of this node, and for nothing else (create)." },
    scopes: { type: "string", value: "LIST", help: "read, write, ingest, admin; comma-separated (create; default read)." },
    expires: { type: "string", value: "TIME", help: "Lifetime such as 12h or 90d (create; default: for ever)." },
    config: configOption,
    "data-dir": dataDirOption,
    json: jsonOption,
  },
  notes: "Run it as the user that the server runs as: tokens are in the server's data directory, only their hashes.",
  run: async (context, options, [action, id]) => {
    const { config: file, "data-dir": dataDir } = options;
    if (action !== "revoke" && id !== undefined) throw new UsageError(`token ${action} takes no id`);
    const { config } = await loadConfig({ file, flags: { dataDir }, env: context.env });
    const { openTokenStore } = await loadTokens();
    const store = openTokenStore(dataDirOf(config, context.env), { readOnly: action === "list" });
    try {
      if (action === "create") return await create(context, options, store);
      return action === "list" ? list(context, options, store) : revoke(context, id, store);
    } finally {
      store.close();
    }
  },
});

async function create({ stdout, stderr }: CommandContext, options: TokenOptions, store: TokenStore): Promise<number> {
  const { agent: node, expires, json = false } = options;
  const name = options.name ?? (node === undefined ? undefined : `agent ${node}`);
  if (name === undefined) throw new UsageError("token create needs --name NAME: what the token is for");
  const nowMs = Date.now();
  const expiresMs = expires === undefined ? null : nowMs + parseDuration("--expires", expires);
  if (node !== undefined && options.scopes !== undefined) throw new UsageError("a token of an agent has the scope agent alone");
  const scopes = node === undefined ? await readScopes(options.scopes ?? "read") : (["agent"] as const);
  const created = store.create({ name, scopes, ...(node === undefined ? {} : { node }), expiresMs, nowMs });
  if (json) {
    printJson(stdout, { ...created, name, scopes, node: node ?? null, expiresMs });
  } else {
    stdout.write(`${created.token}\n`);
    stderr.write(
      `Token ${created.id} may ${scopes.join(", ")}. It is shown this once; keep it in a file that only you can read.\n`,
    );
  }
  return exitCodes.ok;
}

async function readScopes(text: string): Promise<readonly Scope[]> {
  const { scopes } = await loadTokens();
  // `agent` comes with a node, by --agent.
  const given = scopes.filter((scope) => scope !== "agent");
  return text.split(",").map((word) => {
    const scope = given.find((known) => known === word.trim());
    if (scope !== undefined) return scope;
    throw new UsageError(`--scopes takes ${given.join(", ")}, not ${JSON.stringify(word)}${suggestion(word, given, "")}`);
  });
}

function list({ stdout }: CommandContext, { json = false }: TokenOptions, store: TokenStore): number {
  const tokens = store.list();
  if (json) printJson(stdout, { tokens });
  else stdout.write(formatTable([["ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST USED"], ...tokens.map(rowOf)]));
  return exitCodes.ok;
}

function rowOf({ id, name, scopes, createdMs, expiresMs, lastUsedMs }: TokenInfo): readonly string[] {
  return [id, name, scopes.join(","), dateOf(createdMs, ""), dateOf(expiresMs, "never"), dateOf(lastUsedMs, "never")];
}

function dateOf(timeMs: number | null, absent: string): string {
  return timeMs === null ? absent : `${new Date(timeMs).toISOString().slice(0, 16)}Z`;
}

function revoke({ stderr }: CommandContext, id: string | undefined, store: TokenStore): number {
  if (id === undefined) throw new UsageError("token revoke needs the token's id; `chainpulse token list` shows it");
  if (!store.revoke(id)) throw new ChainPulseError("NOT_FOUND", `no token has the id ${JSON.stringify(id)}`);
  stderr.write(`Token ${id} is revoked.\n`);
  return exitCodes.ok;
}
