/** The agents that report here, for ChainPulse's own metrics. Most nodes have none, and reading their book takes memory: it waits for the first. */
import type { AgentRecord } from "../core/agent-record.ts";
import type { Logger } from "../core/logger.ts";
import type { AgentRegistry } from "../store/state/agents.ts";

export interface AgentReadingOptions {
  readonly dataDir: string;
  /** Whether an agent may ever have come: on a hub, or since one has knocked. */
  readonly mayHaveAgents: () => boolean;
  readonly logger: Logger;
}

/** What is known of them now; none until the book is open. */
export function createAgentReading({ dataDir, mayHaveAgents, logger }: AgentReadingOptions): () => readonly AgentRecord[] {
  let registry: AgentRegistry | null = null;
  let isAsked = false;

  const open = async (): Promise<void> => {
    const { openAgentRegistry } = await import("../store/state/agents.ts");
    registry = openAgentRegistry(dataDir);
  };
  return () => {
    if (!isAsked && mayHaveAgents()) {
      isAsked = true;
      open().catch((error: unknown) => {
        logger.error("the book of agents cannot be read", { error });
        isAsked = false;
      });
    }
    return registry?.list() ?? [];
  };
}
