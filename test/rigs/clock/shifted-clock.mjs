// @ts-check
/**
 * Loaded before a program (`node --import`): its wall clock, in every thread, goes wrong by CHAINPULSE_TEST_CLOCK_SHIFT_MS, as that of a machine whose
 * clock was set by hand. What measures durations (`performance.now`, `process.hrtime`, timers) goes on as it was.
 */
const shiftMs = Number(process.env["CHAINPULSE_TEST_CLOCK_SHIFT_MS"]);
if (!Number.isFinite(shiftMs)) throw new Error("CHAINPULSE_TEST_CLOCK_SHIFT_MS: by how many milliseconds?");

const TrueDate = Date;
const trueNow = TrueDate.now;
const shiftedNow = () => trueNow() + shiftMs;

globalThis.Date = new Proxy(TrueDate, {
  // As a function it gives now's text, whatever it is called with.
  apply: () => new TrueDate(shiftedNow()).toString(),
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget),
  get: (target, name, receiver) => (name === "now" ? shiftedNow : Reflect.get(target, name, receiver)),
});
Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + shiftMs, configurable: true });
