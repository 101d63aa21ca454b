/** The clock of a beacon chain: slots and epochs from the time of day. Source: consensus-specs phase0/beacon-chain.md, compute_epoch_at_slot. */

export interface ChainTime {
  /** ms since the epoch. */
  readonly genesisMs: number;
  readonly slotMs: number;
  readonly slotsPerEpoch: number;
}

/** The slot that is now; negative before genesis. */
export function slotAt({ genesisMs, slotMs }: ChainTime, nowMs: number): number {
  return Math.floor((nowMs - genesisMs) / slotMs);
}

/** When a slot begins, ms since the epoch. */
export function slotStartMs({ genesisMs, slotMs }: ChainTime, slot: number): number {
  return genesisMs + slot * slotMs;
}

export function epochOf({ slotsPerEpoch }: ChainTime, slot: number): number {
  return Math.floor(slot / slotsPerEpoch);
}

/** The first slot of an epoch. */
export function epochStart({ slotsPerEpoch }: ChainTime, epoch: number): number {
  return epoch * slotsPerEpoch;
}
