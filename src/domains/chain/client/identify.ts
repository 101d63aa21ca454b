/**
 * What a program at an address is. It is asked the one harmless question of each family; who has no answer to any is a stranger, and is left
 * alone. Sources: Ethereum execution-apis (web3_clientVersion), beacon-APIs (/eth/v1/node/version), Bitcoin Core rpc/net.cpp
 * (getnetworkinfo), Substrate client/rpc-api/src/system (system_name, system_version).
 */
import { z } from "zod";
import { cleanText } from "../../../core/clean-text.ts";
import { askText } from "../../../io/ask-text.ts";
import { type HttpClient, type HttpEndpoint, openHttpClient } from "../../../io/http-client.ts";
import { AskFailure, askJson, type AskOptions, type JsonRpc, openJsonRpc } from "../../../io/json-rpc.ts";
import type { ClientKind, Layer } from "./client-kind.ts";
import { warmingUp } from "./optional.ts";

export type Identification =
  | { readonly outcome: "client"; readonly kind: ClientKind }
  /** `locked`: it wants to know who asks. `stranger`: it answers, and is no client that is known. `silent`: no answer, or none now. */
  | { readonly outcome: "locked" | "stranger" | "silent"; readonly detail: string };

/** Answers to the questions have some hundred bytes, a client's metrics up to 0.5 MB. */
const answerBytesMax = 65_536;
const metricsBytesMax = 4_194_304;

/** Asks what each layer of `kinds` is asked, until one answers. Rejects only where a file of the endpoint cannot be read. */
export async function identifyRpc(
  endpoint: HttpEndpoint,
  kinds: readonly ClientKind[],
  signal: AbortSignal,
): Promise<Identification> {
  const asked: Asked = {
    rpc: openJsonRpc(endpoint),
    http: openHttpClient(endpoint),
    options: { signal, bytesMax: answerBytesMax },
  };
  let last: Identification = { outcome: "stranger", detail: "it has no answer to what clients are asked" };
  try {
    for (const layer of new Set(kinds.map((kind) => kind.layer))) {
      const question = questions[layer];
      if (question === undefined) continue;
      const answer = await heard(() => question(asked));
      if (typeof answer === "string") {
        const kind = kinds.find((candidate) => candidate.layer === layer && candidate.recognises(answer));
        if (kind !== undefined) return { outcome: "client", kind };
        last = { outcome: "stranger", detail: `it calls itself ${cleanText(answer, 100)}, which is no client that is known` };
      } else {
        if (answer.outcome === "silent") return answer;
        if (answer.outcome === "locked") last = answer;
      }
    }
    return last;
  } finally {
    asked.rpc.close();
    asked.http.close();
  }
}

/**
 * Whose metrics these are: the first of `kinds` that knows them; one that does not say how it knows them takes any. As `identifyRpc`.
 */
export async function identifyMetrics(
  endpoint: HttpEndpoint,
  kinds: readonly ClientKind[],
  signal: AbortSignal,
): Promise<Identification> {
  const http = openHttpClient(endpoint);
  try {
    const text = await heard(async () => {
      const { body } = await askText(http, { signal, accept: "text/plain", bytesMax: metricsBytesMax });
      return Buffer.from(body).toString("utf8");
    });
    if (typeof text !== "string") return text;
    const kind = kinds.find(({ recognisesMetrics = isExposition }) => recognisesMetrics(text));
    return kind === undefined
      ? { outcome: "stranger", detail: "its metrics are those of no client that is known" }
      : { outcome: "client", kind };
  } finally {
    http.close();
  }
}

/** For kinds whose metrics are at a port of their own. Source: prometheus.io/docs/instrumenting/exposition_formats. */
function isExposition(text: string): boolean {
  return /^# TYPE [a-zA-Z_:]/m.test(text);
}

interface Asked {
  readonly rpc: JsonRpc;
  readonly http: HttpClient;
  readonly options: AskOptions & { readonly bytesMax: number };
}

const word = z.string().min(1).max(512);

/** What a client of a layer answers with: how it says its version. Layers without an entry are known by their metrics alone. */
const questions: Readonly<Partial<Record<Layer, (asked: Asked) => Promise<string>>>> = {
  execution: async ({ rpc, options }) => word.parse(await rpc.call("web3_clientVersion", [], options)),
  substrate: async ({ rpc, options }) => {
    const name = word.parse(await rpc.call("system_name", [], options));
    return `${name}/${word.parse(await rpc.call("system_version", [], options))}`;
  },
  utxo: async ({ rpc, options }) =>
    z.object({ subversion: word }).parse(await rpc.call("getnetworkinfo", [], options)).subversion,
  consensus: async ({ http, options }) => {
    const headers = { accept: "application/json" };
    const { value } = await askJson(http, { method: "GET", path: "eth/v1/node/version", headers, ...options });
    return z.object({ data: z.object({ version: word }) }).parse(value).data.version;
  },
};

/** 401 and 403: RFC 9110 §15.5.2, §15.5.4. */
const lockedStatuses: readonly (number | null)[] = [401, 403];

/** What was answered, or what it means that there is no such answer. */
async function heard(ask: () => Promise<string>): Promise<string | Extract<Identification, { readonly detail: string }>> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof z.ZodError) return { outcome: "stranger", detail: "its answer is not what a client says" };
    if (!(error instanceof AskFailure)) throw error;
    const { kind, message, code } = error;
    if (kind === "refused" && lockedStatuses.includes(code)) return { outcome: "locked", detail: message };
    const isAnswer = (kind === "refused" || kind === "garbage") && code !== warmingUp;
    return { outcome: isAnswer ? "stranger" : "silent", detail: message };
  }
}
