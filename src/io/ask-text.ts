/**
 * A GET whose answer is a text, for servers that may hang, ask for patience, or answer garbage; the other half of `json-rpc.ts`.
 */
import { contentEncodingOf, decompress } from "./decompress.ts";
import { type HttpClient, retryAfterMs } from "./http-client.ts";
import { AskFailure, askFailureOf } from "./json-rpc.ts";

export interface TextAnswer {
  readonly body: Uint8Array;
  readonly contentType: string;
}

export interface AskTextOptions {
  readonly signal: AbortSignal;
  readonly accept: string;
  /** Of the body, packed and unpacked. */
  readonly bytesMax: number;
}

/** Rejects with `AskFailure`; every status but 200 is one. */
export async function askText(client: HttpClient, { signal, accept, bytesMax }: AskTextOptions): Promise<TextAnswer> {
  const headers = { accept, "accept-encoding": "gzip" };
  const answer = await client.ask({ method: "GET", headers, bytesMax, signal }).catch((error: unknown) => {
    throw askFailureOf(error);
  });
  const { status } = answer;
  if (status === 429 || status === 503) {
    throw new AskFailure("rate_limited", `status ${status}`, {
      code: status,
      retryAfterMs: retryAfterMs(answer.headers, Date.now()),
    });
  }
  if (status !== 200) throw new AskFailure("refused", `status ${status}`, { code: status });
  return {
    body: unpacked(answer.body, answer.headers["content-encoding"] ?? "", bytesMax),
    contentType: answer.headers["content-type"] ?? "",
  };
}

function unpacked(body: Buffer, header: string, bytesMax: number): Uint8Array {
  const encoding = contentEncodingOf(header);
  if (encoding === null)
    throw new AskFailure("garbage", `the answer has the unknown encoding ${JSON.stringify(header.slice(0, 40))}`);
  try {
    // A copy: what is unpacked may be in memory that the next call uses again.
    return encoding === "identity" ? body : Uint8Array.from(decompress(Uint8Array.from(body), encoding, bytesMax));
  } catch (error) {
    throw new AskFailure("garbage", error instanceof Error ? error.message : String(error), { cause: error });
  }
}
