/** What agent and hub say to each other around the batches: paths, headers, and the JSON of hello and of the answers. */
import { z } from "zod";
import { agentNode } from "../../core/agent-record.ts";
import { sessionIdBytes } from "./batch-format.ts";

/** Raised when a batch or a hello means something else than before; a hub speaks one version, and says which. */
export const protocolVersion = 1;

export const agentPaths = {
  hello: "/api/v1/agents/hello",
  batches: "/api/v1/agents/batches",
  events: "/api/v1/agents/events",
  spans: "/api/v1/agents/spans",
} as const;

export const batchContentType = "application/vnd.chainpulse.batch";

/** The sender's clock when a request or an answer leaves, and the hub's when the request came: ms since the epoch, in decimals. */
export const clockHeaders = { sent: "x-chainpulse-sent-ms", received: "x-chainpulse-received-ms" } as const;

export const helloRequest = z.object({
  protocol: z.number().int(),
  /** What the node calls itself; the token must be for it. */
  node: z.string().min(1).max(128),
  /** Identity of the agent's buffer. */
  outbox: z.string().min(1).max(64),
  ...agentNode.shape,
});

export type HelloRequest = z.infer<typeof helloRequest>;

export const helloAnswer = z.object({
  session: z.string().regex(new RegExp(`^[0-9a-f]{${2 * sessionIdBytes}}$`)),
  /** The last record of this buffer that the hub has stored; `null`: none. */
  seq: z.number().nullable(),
  /** Series that one session may tell. */
  seriesMax: z.int().positive(),
});

export type HelloAnswer = z.infer<typeof helloAnswer>;

export const batchAnswer = z.object({
  /** Samples that the hub did not take, of those that it was sent; the others are stored. */
  refusedSamples: z.number().nonnegative(),
  refusal: z.string().nullable(),
});

export type BatchAnswer = z.infer<typeof batchAnswer>;
