/** Missed duties as lines of a list: what one validator missed of one duty in one epoch is one line, because a sync committee has a duty in every slot. */
import type { StoredEvent } from "../../../core/node-event.ts";
import { isSimulated, numberIn, textIn } from "../../data/event-fields.ts";

export interface MissedDuty {
  readonly key: string;
  /** The client that tells of it. */
  readonly client: string;
  readonly group: string;
  /** `null`: several, whose number `count` is. */
  readonly validator: string | null;
  readonly duty: string;
  readonly outcome: string;
  readonly epoch: number | null;
  /** Of the newest miss, ms since the epoch. */
  readonly timeMs: number;
  readonly count: number;
  /** Ascending. */
  readonly slots: readonly number[];
  /** Share of the others that did it in the slot where fewest did; `null` where it is not known of any. */
  readonly others: number | null;
  readonly isDemo: boolean;
}

/** In the order of the events, which is that of their newest ones. */
export function missedDuties(events: readonly StoredEvent[]): readonly MissedDuty[] {
  const lines = new Map<string, MissedDuty>();
  for (const event of events) {
    const one = dutyOf(event);
    const known = lines.get(one.key);
    lines.set(one.key, known === undefined ? one : joined(known, one));
  }
  return [...lines.values()];
}

function dutyOf(event: StoredEvent): MissedDuty {
  const { fields, subject, timeMs } = event;
  const text = (name: string): string => textIn(fields, name) ?? "";
  const slot = numberIn(fields, "slot");
  const names = { client: subject, group: text("group"), duty: text("duty"), outcome: text("outcome") };
  const validator = textIn(fields, "validator");
  const epoch = numberIn(fields, "epoch");
  return {
    key: JSON.stringify([names, validator, epoch]),
    ...names,
    validator,
    epoch,
    timeMs,
    count: numberIn(fields, "count") ?? 1,
    slots: slot === null ? [] : [slot],
    others: numberIn(fields, "others"),
    isDemo: isSimulated(event),
  };
}

function joined(a: MissedDuty, b: MissedDuty): MissedDuty {
  const others = [a.others, b.others].filter((share) => share !== null);
  return {
    ...a,
    timeMs: Math.max(a.timeMs, b.timeMs),
    count: a.count + b.count,
    slots: [...a.slots, ...b.slots].toSorted((x, y) => x - y),
    others: others.length === 0 ? null : Math.min(...others),
  };
}

/** As many slots as one reads. */
const slotsShown = 4;

/** `29, 31, 32 and 2 more`; empty without slots. */
export function slotsText(slots: readonly number[]): string {
  const shown = slots.slice(0, slotsShown).map((slot) => slot.toLocaleString("en"));
  const rest = slots.length - shown.length;
  return `${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
