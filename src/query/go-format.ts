/** Numbers as Go writes them where Prometheus's messages and labels have its `%g`. */

/**
 * Go's `%g`: the shortest digits that name the number, or `precision` of them (`%.2g`); with an exponent where that is below −4, or
 * as great as there are digits, 6 without a precision. Source: Go strconv.FormatFloat.
 */
export function formatGeneral(value: number, precision: number | null = null): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  // No digits at all name no number: Go takes one then.
  const count = precision === null ? null : Math.max(1, precision);
  const rounded = count === null ? value : Number(roundedExponential(value, count - 1));
  const [digits = "", exponentText = "0"] = rounded.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < (count ?? 6)) return String(rounded);
  const sign = exponent < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The greatest number of digits that JavaScript writes. */
const digitsMax = 100;

/** `value.toExponential(digits)`, but of two texts that are as near the even one, as Go has it; JavaScript takes the greater. */
export function roundedExponential(value: number, digits: number): string {
  const text = value.toExponential(Math.min(digits, digitsMax));
  const [mantissa = "", exponent = ""] = text.split("e");
  const [exact = ""] = value.toExponential(digitsMax).split("e");
  return `${evenOf(mantissa, exact, digits)}e${exponent}`;
}

/** `value.toFixed(decimals)`, rounded likewise; below 10^21, as there. */
export function roundedFixed(value: number, decimals: number): string {
  const count = Math.min(decimals, digitsMax);
  return evenOf(value.toFixed(count), value.toFixed(digitsMax), count);
}

/** The text that was rounded to so many decimals, or the one below where both are as near to the exact one and that is even. */
function evenOf(rounded: string, exact: string, decimals: number): string {
  const rest = exact.slice(exact.indexOf(".") + 1 + decimals);
  const isTie = /^50*$/.test(rest);
  const last = Number(rounded.at(-1));
  // An odd digit is at least 1, so there is nothing to borrow.
  return isTie && last % 2 === 1 ? rounded.slice(0, -1) + String(last - 1) : rounded;
}
