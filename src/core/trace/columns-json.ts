/** Columns on their way to a page and back. Runs in browsers too: nothing of Node's. */
import type { SpanColumns, SpanColumnsJson } from "../span-columns.ts";

/** Bytes of one value in each column. */
const widths = { startMs: 8, durationMs: 8, parent: 4, operation: 4, node: 4, flags: 1, spanIds: 8 } as const;

export function columnsToJson(columns: SpanColumns): SpanColumnsJson {
  return {
    originNs: String(columns.originNs),
    count: columns.startMs.length,
    startMs: toBase64(columns.startMs),
    durationMs: toBase64(columns.durationMs),
    parent: toBase64(columns.parent),
    operation: toBase64(columns.operation),
    node: toBase64(columns.node),
    flags: toBase64(columns.flags),
    spanIds: toBase64(columns.spanIds),
    operations: columns.operations,
    nodes: columns.nodes,
  };
}

/** Throws where a column has not the bytes that the count says, or is no base64. */
export function columnsFromJson(json: SpanColumnsJson): SpanColumns {
  const bytesOf = (column: keyof typeof widths): ArrayBuffer => {
    const bytes = fromBase64(json[column]);
    if (bytes.length === json.count * widths[column]) return bytes.buffer;
    throw new Error(`the column ${column} has ${bytes.length} bytes, which are not ${json.count} rows`);
  };
  return {
    originNs: BigInt(json.originNs),
    startMs: new Float64Array(bytesOf("startMs")),
    durationMs: new Float64Array(bytesOf("durationMs")),
    parent: new Int32Array(bytesOf("parent")),
    operation: new Uint32Array(bytesOf("operation")),
    node: new Uint32Array(bytesOf("node")),
    flags: new Uint8Array(bytesOf("flags")),
    spanIds: new Uint8Array(bytesOf("spanIds")),
    operations: json.operations,
    nodes: json.nodes,
  };
}

/** Arguments of one call; engines refuse some hundred thousand. A multiple of three, so that no padding stands between two pieces. */
const pieceBytes = 24_576;

/** Of an array's bytes as they lie in memory: little-endian on everything that Node and browsers run on. */
function toBase64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  if (hasToBase64(bytes)) return bytes.toBase64();
  let text = "";
  for (let at = 0; at < bytes.length; at += pieceBytes)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + pieceBytes)));
  return text;
}

/** Not in Node 24 yet. For the 3.7 MB of a hundred thousand rows it takes 3 ms, `btoa` 100. */
function hasToBase64(bytes: Uint8Array): bytes is Uint8Array & { toBase64(): string } {
  return "toBase64" in bytes;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
