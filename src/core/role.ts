/** What a node is among others. */

/** `all`: everything on one machine; `agent`: collects and sends to a hub; `hub`: takes what agents send, and shows all of them. */
export const roles = ["all", "agent", "hub"] as const;

export type Role = (typeof roles)[number];

/**
 * Settings that a role has other defaults of. An agent keeps a day, so that its own page works while its hub is away; what is older is
 * with the hub.
 */
export const roleDefaults: Readonly<Record<Role, object>> = {
  all: {},
  agent: { retention_period_days: 1, storage: { max_bytes: 1_073_741_824 } },
  hub: {},
};
