/**
 * Messages of Bitcoin's peer-to-peer protocol in a stream of bytes, as far as a link between two nodes needs to know them: where one ends, and
 * whether it is how a node first tells of a block. Source: bitcoin/bitcoin protocol.h (CMessageHeader, GetDataMsg), net.h
 * (MAX_PROTOCOL_MESSAGE_LENGTH), which Litecoin shares.
 *
 *   magic 4 │ command 12, padded with zeros │ length of the payload 4, little-endian │ checksum 4 │ payload
 */

export interface Frame {
  readonly command: string;
  /** With its header, as it came. */
  readonly bytes: Buffer;
}

const headerBytes = 24;
/** Longer ones make a node hang up. */
const payloadBytesMax = 4_000_000;

/** Takes bytes as they come, and gives the messages that they complete. It throws for what is none: there is no way to go on behind that. */
export function openFrameReader(magic: Buffer): (bytes: Buffer) => readonly Frame[] {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const frames: Frame[] = [];
    for (let end = frameEnd(rest, magic); end !== null && end <= rest.length; end = frameEnd(rest, magic)) {
      frames.push({ command: commandOf(rest), bytes: rest.subarray(0, end) });
      rest = rest.subarray(end);
    }
    return frames;
  };
}

/** Bytes of the message that the buffer begins with; `null` where its header is not there yet. */
function frameEnd(buffer: Buffer, magic: Buffer): number | null {
  if (buffer.length < headerBytes) return null;
  const payload = buffer.readUInt32LE(16);
  if (!buffer.subarray(0, 4).equals(magic) || payload > payloadBytesMax) {
    throw new Error(`no message of this network: ${buffer.subarray(0, headerBytes).toString("hex")}`);
  }
  return headerBytes + payload;
}

function commandOf(buffer: Buffer): string {
  return buffer.toString("latin1", 4, 16).replace(/\0+$/, "");
}

/** How `inv` names blocks: type 2. The flag of witnesses (bit 30) is of no matter here. */
const blockType = 2;
const typeMask = 0x3fff_ffff;
const inventoryBytes = 36;

/**
 * Whether a peer learns of a block by this message: `headers` and `inv` before they ask for it, `cmpctblock` without asking. What is sent when
 * they have asked (`block`, `blocktxn`) is none, so that what waits for announcements makes a block wait once.
 */
export function announcesBlocks({ command, bytes }: Frame): boolean {
  if (command !== "inv") return command === "headers" || command === "cmpctblock";
  const { count, at } = compactSize(bytes, headerBytes);
  for (let entry = 0; entry < count && at + (entry + 1) * inventoryBytes <= bytes.length; entry++) {
    if ((bytes.readUInt32LE(at + entry * inventoryBytes) & typeMask) === blockType) return true;
  }
  return false;
}

/** Source: serialize.h, ReadCompactSize; an `inv` has 50,000 entries at most, which needs no more than three bytes. */
function compactSize(bytes: Buffer, at: number): { readonly count: number; readonly at: number } {
  const first = bytes[at] ?? 0;
  if (first !== 0xfd) return { count: first, at: at + 1 };
  return { count: at + 3 <= bytes.length ? bytes.readUInt16LE(at + 1) : 0, at: at + 3 };
}
