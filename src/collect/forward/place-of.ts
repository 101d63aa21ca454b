/** What a destination's place in the queue is called; it stands in metrics, logs and marks. */
import { hash } from "node:crypto";
import { addressOf } from "../../io/http-client.ts";

const hashDigits = 12;

/** The name that it was given, or its address. What is behind the path may be a key: that tells addresses apart, and cannot be read. */
export function placeOf(name: string | undefined, address: string): string {
  if (name !== undefined) return name;
  const url = new URL(address);
  const rest = `${url.search}${url.hash}`;
  return rest === "" ? address : `${addressOf(url)}#${hash("sha256", rest).slice(0, hashDigits)}`;
}
