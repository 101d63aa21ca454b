/** What is wrong with bytes that should be a protobuf message, and where. */
export class ProtobufError extends Error {
  /** Position in the bytes that the reader was given. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message}, at byte ${offset}`);
    this.name = "ProtobufError";
    this.offset = offset;
  }
}
