/** Go's `printf`: flags, width, precision and the verbs of texts, numbers and booleans. Source: Go fmt/print.go, fmt/format.go. */
import { formatGeneral } from "../../../query/go-format.ts";
import { formatFixed, quote } from "../../../query/parser/literals.ts";
import { badVerb, formatExponent, formatSpecial, printValue } from "./go-format.ts";
import { type GoValue, typeOf } from "./values.ts";

interface Spec {
  readonly flags: string;
  readonly width: number;
  /** `null`: not given. */
  readonly precision: number | null;
  readonly verb: string;
}

/** Wider output is a mistake, as in Go (fmt/print.go, tooLarge), only sooner. */
const widthMax = 1000;

const directive = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?([\s\S]?)/gu;

/** The format with its verbs filled in; mistakes are in the text as Go writes them: `%!d(string=abc)`, `%!s(MISSING)`, `%!(EXTRA …)`. */
export function printf(format: string, args: readonly GoValue[]): string {
  let next = 0;
  const takeSize = (text: string | undefined): number | null => {
    if (text === undefined) return null;
    const size = text === "*" ? Number(args[next++] ?? 0) : Number(text);
    return Math.max(-widthMax, Math.min(widthMax, Number.isInteger(size) ? size : 0));
  };
  const text = format.replaceAll(directive, (_, flags: string, width?: string, precision?: string, verb?: string) => {
    const wide = takeSize(width);
    const precise = takeSize(precision);
    if (verb === undefined || verb === "") return "%!(NOVERB)";
    if (verb === "%") return "%";
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const left = wide !== null && wide < 0 ? `${flags}-` : flags;
    // `%+v` asks for the names of fields, not for signs.
    const spec: Spec = {
      flags: verb === "v" ? left.replaceAll("+", "") : left,
      width: Math.abs(wide ?? 0),
      precision: precise,
      verb,
    };
    // In range: checked two lines above.
    return formatArgument(args[next++] ?? null, spec);
  });
  const extra = args.slice(next).map((value) => (value === null ? "<nil>" : `${typeOf(value)}=${printValue(value)}`));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

function formatArgument(value: GoValue, spec: Spec): string {
  if (spec.verb === "T") return pad(typeOf(value), spec);
  if (spec.verb === "v" && (typeof value !== "number" || spec.precision === null) && typeof value !== "bigint") {
    return pad(withSign(printValue(value), value, spec), spec, typeof value === "number");
  }
  switch (typeof value) {
    case "string":
      return formatText(value, spec);
    case "bigint":
      return formatInteger(value, spec);
    case "number":
      return formatFloat(value, spec);
    case "boolean":
      return spec.verb === "t" ? pad(String(value), spec) : badVerb(spec.verb, value);
    default:
      return formatComposite(value, spec);
  }
}

/** A list and a map format their elements with the verb; what has a text of its own is that text. */
function formatComposite(value: GoValue, spec: Spec): string {
  if (typeof value !== "object" || value === null) return badVerb(spec.verb, value);
  if (value.kind === "list") return `[${value.items.map((item) => formatArgument(item, spec)).join(" ")}]`;
  if (value.kind === "time" && "sq".includes(spec.verb)) return formatText(printValue(value), spec);
  return badVerb(spec.verb, value);
}

function formatText(value: string, spec: Spec): string {
  const shown = spec.precision === null ? value : Array.from(value).slice(0, spec.precision).join("");
  switch (spec.verb) {
    case "s":
    case "v":
      return pad(shown, spec);
    case "q":
      return pad(spec.flags.includes("#") && !shown.includes("`") ? `\`${shown}\`` : quote(shown), spec);
    case "x":
      return pad(Buffer.from(shown).toString("hex"), spec);
    case "X":
      return pad(Buffer.from(shown).toString("hex").toUpperCase(), spec);
    default:
      return badVerb(spec.verb, value);
  }
}

const bases: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const prefixes: Readonly<Record<string, string>> = { b: "0b", o: "0", x: "0x", X: "0X" };

function formatInteger(value: bigint, spec: Spec): string {
  const base = bases[spec.verb];
  if (base === undefined) return formatCharacter(value, spec);
  const digits = (value < 0n ? -value : value).toString(base).padStart(spec.precision ?? 0, "0");
  const cased = spec.verb === "X" ? digits.toUpperCase() : digits;
  const prefix = spec.verb === "O" ? "0o" : spec.flags.includes("#") ? (prefixes[spec.verb] ?? "") : "";
  return pad(withSign(`${value < 0n ? "-" : ""}${prefix}${cased}`, value, spec), spec, spec.precision === null);
}

function formatCharacter(value: bigint, spec: Spec): string {
  const isCodePoint = value >= 0n && value <= 0x10ffffn;
  const character = isCodePoint ? String.fromCodePoint(Number(value)) : "\ufffd";
  if (spec.verb === "c") return pad(character, spec);
  if (spec.verb === "q") return pad(`'${character === "'" ? String.raw`\'` : quote(character).slice(1, -1)}'`, spec);
  return spec.verb === "U" ? pad(`U+${value.toString(16).toUpperCase().padStart(4, "0")}`, spec) : badVerb(spec.verb, value);
}

function formatFloat(value: number, spec: Spec): string {
  const text = floatText(value, spec);
  if (text === null) return badVerb(spec.verb, value);
  return pad(withSign(text, value, spec), spec, Number.isFinite(value));
}

function floatText(value: number, { verb, precision }: Spec): string | null {
  const known = "eEfFgGv".includes(verb);
  if (!known) return null;
  // `%f` of infinity has a sign only where one is asked for or it is negative; `%v` and `%g` likewise.
  if (!Number.isFinite(value)) return formatSpecial(value);
  switch (verb) {
    case "e":
      return formatExponent(value, precision ?? 6);
    case "E":
      return formatExponent(value, precision ?? 6).toUpperCase();
    case "f":
    case "F":
      return formatFixed(value, precision ?? 6);
    case "G":
      return formatGeneral(value, precision).toUpperCase();
    default:
      return formatGeneral(value, precision);
  }
}

/** `+` shows the sign of every number, a space leaves room for it. */
function withSign(text: string, value: GoValue, { flags }: Spec): string {
  if ((typeof value !== "number" && typeof value !== "bigint") || /^[+-]/.test(text) || text === "NaN") return text;
  return flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;
}

/** To the width, in characters: left where `-` says so, with zeros after the sign where `0` says so. */
function pad(text: string, { flags, width }: Spec, zeroes = true): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || !zeroes) return " ".repeat(missing) + text;
  const sign = /^[+ -]?/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}
