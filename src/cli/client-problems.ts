/** What the schema of the configuration cannot know of its blockchain clients: which kinds there are. */
import type { Config } from "../core/config.ts";
import type { ConfigProblem } from "../io/config-file-source.ts";

/** For `LoadOptions.judge`. */
export async function clientProblems({ chain }: Config): Promise<readonly ConfigProblem[]> {
  // The kinds bring their families along: they are loaded only where one is named.
  if (chain.clients.every(({ kind }) => kind === "auto")) return [];
  const { kindProblems } = await import("../domains/chain/client/kind-problems.ts");
  const { clientKinds } = await import("../domains/chain/clients/kinds.ts");
  return kindProblems(chain, clientKinds);
}
