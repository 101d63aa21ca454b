/** Links to the pages of transactions and blocks. */
import { askedTrace } from "../../core/trace/asked-trace.ts";
import { pageHref } from "./router.ts";

/** The page of what has this hash, with or without its 0x, or this trace id. */
export function flowHref(page: "/transactions" | "/blocks", hash: string): string {
  return pageHref(page, { hash: askedTrace(hash)?.hash ?? hash });
}
