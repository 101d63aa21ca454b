/** The one ordered list of domains: pages, docs and doors show them in this order. */
import type { Domain } from "../core/domain.ts";
import { ai } from "./ai/index.ts";
import { chain } from "./chain/index.ts";
import { gpu } from "./gpu/index.ts";
import { host } from "./host/index.ts";
import { quantum } from "./quantum/index.ts";
import { runtime } from "./runtime/index.ts";
import { self } from "./self/index.ts";
import { tracing } from "./tracing/index.ts";

export const domains: readonly Domain[] = [host, gpu, chain, tracing, ai, quantum, runtime, self];
