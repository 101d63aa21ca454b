/** Which names and addresses mean this machine. */
import { hostname, networkInterfaces } from "node:os";

/** Whether a URL's host (IPv6 in brackets) is this machine, as far as that is known without asking anybody. */
export function isOwnHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (name === "localhost" || name === hostname().toLowerCase() || name.startsWith("127.")) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === name));
}
