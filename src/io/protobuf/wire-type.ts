/**
 * How a field's value is written. Source: protobuf.dev/programming-guides/encoding, "Message Structure". Types 3 and 4 (groups) are
 * deprecated, no message here has them.
 */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
