/** The body of an answer to one of our requests, bounded: what a server sends is not to be trusted with our memory. */
import type { IncomingMessage } from "node:http";

/** Throws an `Error` where the body is larger than `bytesMax`, and what the connection throws. */
export async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Without an encoding set, a stream of HTTP gives buffers.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`the answer is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
