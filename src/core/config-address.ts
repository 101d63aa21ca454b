/** `HOST:PORT` in the configuration. */
import { z } from "zod";

const addressPattern = /^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):(\d{1,5})$/;

/** The largest port number: 16 bits, RFC 9293 §3.1. */
const portMax = 65_535;

/** An address to listen on, `HOST:PORT`; IPv6 addresses in brackets; port 0 lets the system choose. */
export const listenSchema = z
  .string()
  .refine((text) => portOf(text) >= 0)
  .meta({ expected: "HOST:PORT, e.g. 127.0.0.1:9797" });

/** The port of `HOST:PORT`, -1 where the text is no such address. */
export function portOf(text: string): number {
  const port = Number(addressPattern.exec(text)?.[2] ?? -1);
  return port <= portMax ? port : -1;
}
