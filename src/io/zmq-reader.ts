/**
 * What a ZeroMQ peer sends, read from bytes as they come: its greeting, commands, and messages of several parts. Bounded before anything is kept.
 * Source: 23/ZMTP, version 3.0; a peer of a higher version speaks it with who greets with 3.0.
 *
 *   greeting (64 bytes)  ff ........ 7f | major minor | mechanism (20, zeros behind) | as-server | 31 zeros
 *   frame                flags | size (1 byte, or 8 where LONG) | body        flags: 1 MORE, 2 LONG, 4 COMMAND
 *   command's body       length | name | data
 */

export type ZmqItem =
  | { readonly kind: "greeting" }
  | { readonly kind: "command"; readonly name: string; readonly data: Uint8Array }
  | { readonly kind: "message"; readonly parts: readonly Uint8Array[] };

/** What came is not what the protocol says, or is more than is taken. */
export class ZmqError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ZmqError";
  }
}

export const greetingBytes = 64;
const versionAt = 10;
const mechanismAt = 12;
const mechanismBytes = 20;
export const frameFlag = { more: 1, long: 2, command: 4 } as const;

/** What is subscribed to has parts of some dozen bytes. */
const frameBytesMax = 65_536;
const partsMax = 16;

export class ZmqReader {
  #rest: Uint8Array = new Uint8Array(0);
  #isGreeted = false;
  #parts: Uint8Array[] = [];

  /** What is complete with these bytes. Throws `ZmqError`; the connection is of no use then. */
  push(bytes: Uint8Array): readonly ZmqItem[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const items: ZmqItem[] = [];
    if (!this.#isGreeted) {
      checkGreeting(this.#rest);
      if (this.#rest.length < greetingBytes) return items;
      this.#isGreeted = true;
      this.#rest = this.#rest.subarray(greetingBytes);
      items.push({ kind: "greeting" });
    }
    for (let frame = this.#frame(); frame !== null; frame = this.#frame()) {
      const item = this.#itemOf(frame);
      if (item !== null) items.push(item);
    }
    return items;
  }

  /** The next whole frame. Its bytes are copied: what is around them is let go. */
  #frame(): { readonly flags: number; readonly body: Uint8Array } | null {
    const rest = this.#rest;
    const [flags] = rest;
    if (flags === undefined) return null;
    if (flags > 7) throw new ZmqError(`a frame has the flags ${flags}, which are reserved`);
    const isLong = (flags & frameFlag.long) !== 0;
    const bodyAt = isLong ? 9 : 2;
    if (rest.length < bodyAt) return null;
    const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
    const size = isLong ? Number(view.getBigUint64(1)) : view.getUint8(1);
    if (size > frameBytesMax) throw new ZmqError(`a frame of ${size} bytes is larger than is taken (${frameBytesMax})`);
    if (rest.length < bodyAt + size) return null;
    this.#rest = rest.subarray(bodyAt + size);
    return { flags, body: rest.slice(bodyAt, bodyAt + size) };
  }

  #itemOf({ flags, body }: { readonly flags: number; readonly body: Uint8Array }): ZmqItem | null {
    if ((flags & frameFlag.command) !== 0) return commandOf(body);
    this.#parts.push(body);
    if (this.#parts.length > partsMax) throw new ZmqError(`a message has more than ${partsMax} parts`);
    if ((flags & frameFlag.more) !== 0) return null;
    const parts = this.#parts;
    this.#parts = [];
    return { kind: "message", parts };
  }
}

/** As far as it has come: who speaks something else is told so at once. */
function checkGreeting(bytes: Uint8Array): void {
  const isZmq = (bytes[0] ?? 0xff) === 0xff && (bytes[9] ?? 0x7f) === 0x7f;
  if (!isZmq) throw new ZmqError("what answers there does not speak ZeroMQ");
  const major = bytes[versionAt] ?? 3;
  if (major < 3) throw new ZmqError(`it speaks version ${major} of ZMTP; 3 and later are understood`);
  if (bytes.length < mechanismAt + mechanismBytes) return;
  const mechanism = Buffer.from(bytes.subarray(mechanismAt, mechanismAt + mechanismBytes))
    .toString("latin1")
    .replace(/\0+$/, "");
  if (mechanism !== "NULL") throw new ZmqError("it asks for authentication, which nothing of the Bitcoin Core family does");
}

function commandOf(body: Uint8Array): ZmqItem {
  const length = body[0] ?? 0;
  if (length === 0 || body.length < 1 + length) throw new ZmqError("a command has no name");
  const name = Buffer.from(body.subarray(1, 1 + length)).toString("latin1");
  return { kind: "command", name, data: body.subarray(1 + length) };
}
