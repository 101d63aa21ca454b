/** Which blockchain clients are watched: `chain` below `performance_monitoring`. Without it, those that run on this machine are found. */
import { z } from "zod";
import { credentials, path } from "./config-shapes.ts";
import { nodeTypes } from "./node-type.ts";

const address = (schemes: RegExp, example: string): z.ZodString =>
  z
    .string()
    .max(2048)
    .refine((text) => schemes.test(URL.parse(text)?.protocol ?? ""))
    .meta({ expected: `an address, e.g. ${example}` });

const http = (example: string): z.ZodString => address(/^https?:$/, example);

const clientSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .meta({ description: "Label chain_client of its series; default: its kind, with a number where there are several." }),
    kind: z.string().min(1).max(32).default("auto").meta({
      description: "Which client it is, e.g. geth, lodestar, bitcoin; auto asks it. docs/chain-clients.md lists them.",
    }),
    rpc_url: http("http://127.0.0.1:8545").optional().meta({ description: "Its JSON-RPC, or Beacon API." }),
    ws_url: address(/^wss?:$/, "ws://127.0.0.1:8546")
      .optional()
      .meta({ description: "Its WebSocket, for subscriptions." }),
    metrics_url: http("http://127.0.0.1:6060/debug/metrics/prometheus")
      .optional()
      .meta({ description: "Its own Prometheus metrics." }),
    ...credentials,
    cookie_file: path.optional().meta({ description: "Bitcoin Core family: the file .cookie that the client writes." }),
    role: z.enum(nodeTypes).optional().meta({ description: "What it does; default: node.type. Checks depend on it." }),
    p2p_port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: "Where peers connect; default: what the client says." }),
    mapping_file: path.optional().meta({ description: "kind: prometheus only: which of its metrics mean what." }),
    simulated: z.boolean().default(false).meta({ description: "A chain that is made for show: all its samples say so." }),
  })
  .refine(
    ({ kind, metrics_url, mapping_file }) => kind !== "prometheus" || (metrics_url !== undefined && mapping_file !== undefined),
    {
      message: "kind: prometheus needs metrics_url and mapping_file; docs/chain-mapping.md says what is in one",
    },
  );

const namesOf = (clients: readonly ChainClientConfig[]): readonly string[] =>
  clients.map(({ name }) => name).filter((name) => name !== undefined);

export type ChainClientConfig = z.infer<typeof clientSchema>;

const validatorGroup = z.strictObject({
  name: z.string().min(1).max(64).default("default").meta({ description: "Label validator_group." }),
  indices: z.array(z.int().min(0)).max(10_000).default([]).meta({ description: "Validators by index." }),
  pubkeys: z
    .array(z.string().regex(/^0x[0-9a-fA-F]{96}$/))
    .max(10_000)
    .default([])
    .meta({
      expected: "public keys: 0x and 96 hex digits",
      description: "Validators by public key. Private keys are never read.",
    }),
});

export const chainSchema = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ description: "Watch blockchain clients." }),
    discover: z.boolean().default(true).meta({ description: "Find clients at their usual ports on this machine." }),
    poll_interval_ms: z
      .int()
      .min(250)
      .max(60_000)
      .default(1000)
      .meta({ description: "Time between two looks at a client's head." }),
    request_timeout_ms: z.int().min(100).max(60_000).default(5000).meta({ description: "For one request to a client." }),
    clients: z
      .array(clientSchema)
      .max(32)
      .refine((clients) => new Set(namesOf(clients)).size === namesOf(clients).length, "two clients have the same name")
      .default([])
      .meta({ description: "Clients that are not found by themselves." }),
    trace_blocks: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .meta({ description: "Have EVM clients trace blocks again, for storage and time per contract." }),
        max_share: z
          .number()
          .min(0)
          .max(0.5)
          .default(0.05)
          .meta({ description: "Share of time that a client may be busy with it." }),
      })
      .prefault({}),
    tracing: z
      .strictObject({
        enabled: z.boolean().default(true).meta({
          description:
            "Trace the life of transactions and blocks at this node's clients; spans of agents are analysed in any case.",
        }),
        max_transactions_per_second: z.int().min(1).max(10_000).default(50).meta({
          description:
            "Of each client, on average over ten seconds; where there are more, half of them, a quarter … are traced.",
        }),
        confirmations: z.int().min(1).max(1000).nullable().default(null).meta({
          expected: "an integer from 1 to 1000",
          description: "Blocks, its own included, after which a transaction is confirmed; default: as is usual on its chain.",
        }),
      })
      .prefault({}),
    validators: z.array(validatorGroup).max(64).default([]).meta({ description: "Own validators, in groups." }),
  })
  .prefault({});

export type ChainSection = z.infer<typeof chainSchema>;
