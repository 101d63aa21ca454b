/** Addresses of the Internet protocol, as texts. */
import { isIP } from "node:net";

/** Whether the text is an IPv4 or an IPv6 address, without brackets, port or prefix length. */
export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0;
}
