/** The kernel's clock discipline as metrics. Scales: adjtimex(2); TIME_ERROR and STA_NANO: include/uapi/linux/timex.h. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { type KernelClock, openKernelClock } from "../../../io/kernel-clock.ts";
import { clockMetrics } from "./metrics.ts";

const metrics = Object.values(clockMetrics);

const timeError = 5;
const statusNano = 0x2000;
const micro = 1e-6;
const nano = 1e-9;
/** Frequencies are parts per million with 16 binary places. */
const frequencyUnit = 1e-6 / 65_536;

export const clockCollector: CollectorDeclaration = {
  id: "host.clock",
  title: "Clock synchronisation",
  metrics,
  intervalMs: 5000,
  platforms: ["linux"],
  open: (context) => openClock(context),
};

async function openClock(context: CollectContext): Promise<Collector> {
  const read = await openKernelClock();
  if (typeof read !== "function") {
    context.absent("adjtimex", metrics, read);
    return { collect: () => undefined };
  }
  const write = clockWriter(context);
  return {
    collect: () => {
      const clock = read();
      if ("reason" in clock) {
        context.absent("adjtimex", metrics, clock);
        return;
      }
      context.present("adjtimex");
      write(clock);
    },
  };
}

function clockWriter(context: CollectContext): (clock: KernelClock) => void {
  const m = clockMetrics;
  const synchronised = context.series(m.clockSynchronised, {});
  const offset = context.series(m.clockOffset, {});
  const estimated = context.series(m.clockError, { kind: "estimated" });
  const maximum = context.series(m.clockError, { kind: "maximum" });
  const frequency = context.series(m.clockFrequency, {});
  const tick = context.series(m.clockTick, {});
  const taiOffset = context.series(m.clockTaiOffset, {});
  const status = context.series(m.clockStatus, {});
  const timeConstant = context.series(m.clockTimeConstant, {});
  const ppsFrequency = context.series(m.ppsFrequency, {});
  const ppsStability = context.series(m.ppsStability, {});
  const ppsJitter = context.series(m.ppsJitter, {});
  const ppsShift = context.series(m.ppsShift, {});
  const calibrations = context.series(m.ppsEvents, { event: "calibration" });
  const errors = context.series(m.ppsEvents, { event: "error" });
  const jitterExceeded = context.series(m.ppsEvents, { event: "jitter_exceeded" });
  const stabilityExceeded = context.series(m.ppsEvents, { event: "stability_exceeded" });
  return (clock) => {
    const fine = (clock.status & statusNano) === 0 ? micro : nano;
    synchronised.set(clock.state === timeError ? 0 : 1);
    offset.set(clock.offset * fine);
    estimated.set(clock.estimatedErrorMicroseconds * micro);
    maximum.set(clock.maximumErrorMicroseconds * micro);
    frequency.set(1 + clock.frequency * frequencyUnit);
    tick.set(clock.tickMicroseconds * micro);
    taiOffset.set(clock.taiOffsetSeconds);
    status.set(clock.status);
    timeConstant.set(clock.timeConstant);
    ppsFrequency.set(clock.ppsFrequency * frequencyUnit);
    ppsStability.set(clock.ppsStability * frequencyUnit);
    ppsJitter.set(clock.ppsJitter * fine);
    ppsShift.set(clock.ppsShift);
    calibrations.set(clock.ppsCalibrations);
    errors.set(clock.ppsErrors);
    jitterExceeded.set(clock.ppsJitterExceeded);
    stabilityExceeded.set(clock.ppsStabilityExceeded);
  };
}
