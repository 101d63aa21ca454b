/** Go's spelling of values. Source: Go strconv/ftoa.go and fmt/print.go. */
import { formatGeneral, roundedExponential } from "../../../query/go-format.ts";
import { type GoTime, type GoValue, typeOf } from "./values.ts";

/** `%e` with so many digits after the point; the exponent has at least two digits. */
export function formatExponent(value: number, precision: number): string {
  const [digits = "", exponent = ""] = roundedExponential(value, precision).split("e");
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

export function formatSpecial(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** `%v`, which is how an action prints its result. */
export function printValue(value: GoValue): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return formatGeneral(value);
    case "object":
      break;
    default:
      return String(value);
  }
  if (value === null) return "<nil>";
  switch (value.kind) {
    case "list":
      return `[${value.items.map(printValue).join(" ")}]`;
    case "map":
      return `map[${sortedEntries(value.entries)
        .map(([key, item]) => `${key}:${printValue(item)}`)
        .join(" ")}]`;
    case "struct":
      return `&{${[...value.fields.values()].map(printValue).join(" ")}}`;
    case "time":
      return printTime(value);
  }
}

/** As Go ranges over maps and prints them: in the order of their keys. */
export function sortedEntries(entries: ReadonlyMap<string, GoValue>): readonly (readonly [string, GoValue])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `1970-01-01 00:00:01.5 +0000 UTC`. Source: Go time/format.go, Time.String. */
export function printTime({ ms }: GoTime): string {
  const [date = "", clock = ""] = new Date(ms).toISOString().slice(0, -1).split("T");
  return `${date} ${clock.replace(/\.?0+$/, (zeros) => (zeros.startsWith(".") || clock.includes(".") ? "" : zeros))} +0000 UTC`;
}

/** `%!d(string=abc)`: what printf writes for a verb that the value has not. */
export function badVerb(verb: string, value: GoValue): string {
  return value === null ? `%!${verb}(<nil>)` : `%!${verb}(${typeOf(value)}=${printValue(value)})`;
}
