/** Now, for what stands on the page: a text made with it is made again while it is seen. For what is asked or done, `serverNow` is enough. */
import { serverNow } from "../data/server.ts";
import { clockOf } from "./page-clock.ts";

/** Changes with each turn of the page's clock. */
export const pageTurns = clockOf(() => document);

/** By the server's clock. A component that calls it while it renders is rendered again by and by. */
export function pageNow(): number {
  void pageTurns.value;
  return serverNow();
}
