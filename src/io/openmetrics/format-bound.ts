/** The one spelling of a bucket's bound, or of a quantile. Source: Prometheus 3 model/labels/float.go, `FormatOpenMetricsFloat`. */
import { isNumber, readNumber } from "./read-number.ts";

/** `1` → `1.0`, `1e-05` stays; what is no number stays as it is. */
export function formatBound(text: string): string {
  return isNumber(text, 0, text.length) ? boundText(readNumber(text, 0, text.length)) : text;
}

/** As Go's `strconv.FormatFloat(value, 'g', -1, 64)` writes it, with `.0` where there is neither point nor exponent. */
export function boundText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const [digits = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  // Between these, which are Go's for the shortest form, it writes no exponent; nor does JavaScript.
  if (exponent >= -4 && exponent < 6) {
    const plain = Object.is(value, -0) ? "-0" : String(value);
    return plain.includes(".") ? plain : `${plain}.0`;
  }
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
