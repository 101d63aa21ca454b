/** What templates can ask of an instant: its methods, by name. Source: Go time/time.go, time/format.go. Instants are in UTC. */
import { printTime } from "./go-format.ts";
import type { GoTime, GoValue } from "./values.ts";

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const methods: Readonly<Record<string, (date: Date, time: GoTime) => GoValue>> = {
  Unix: (date) => BigInt(Math.floor(date.getTime() / 1000)),
  UnixMilli: (date) => BigInt(date.getTime()),
  Year: (date) => BigInt(date.getUTCFullYear()),
  Month: (date) => months[date.getUTCMonth()] ?? "",
  Day: (date) => BigInt(date.getUTCDate()),
  Weekday: (date) => days[date.getUTCDay()] ?? "",
  Hour: (date) => BigInt(date.getUTCHours()),
  Minute: (date) => BigInt(date.getUTCMinutes()),
  Second: (date) => BigInt(date.getUTCSeconds()),
  String: (_, time) => printTime(time),
  UTC: (_, time) => time,
};

/** Throws an `Error` for a method that there is not, or wrong arguments. */
export function callTimeMethod(time: GoTime, name: string, args: readonly GoValue[]): GoValue {
  const date = new Date(time.ms);
  const [layout] = args;
  if (name === "Format" && args.length === 1 && typeof layout === "string") return formatLayout(date, layout);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined || args.length > 0) throw new Error(`can't call ${name} of a time with ${args.length} arguments`);
  return method(date, time);
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The parts of Go's reference time, longest first. */
const parts: readonly (readonly [string, (date: Date) => string])[] = [
  ["January", (date) => months[date.getUTCMonth()] ?? ""],
  ["Monday", (date) => days[date.getUTCDay()] ?? ""],
  ["Z07:00", () => "Z"],
  ["-07:00", () => "+00:00"],
  ["-0700", () => "+0000"],
  ["2006", (date) => String(date.getUTCFullYear()).padStart(4, "0")],
  [".000", (date) => `.${String(date.getUTCMilliseconds()).padStart(3, "0")}`],
  ["Jan", (date) => (months[date.getUTCMonth()] ?? "").slice(0, 3)],
  ["Mon", (date) => (days[date.getUTCDay()] ?? "").slice(0, 3)],
  ["MST", () => "UTC"],
  ["01", (date) => two(date.getUTCMonth() + 1)],
  ["02", (date) => two(date.getUTCDate())],
  ["03", (date) => two(date.getUTCHours() % 12 || 12)],
  ["04", (date) => two(date.getUTCMinutes())],
  ["05", (date) => two(date.getUTCSeconds())],
  ["06", (date) => two(date.getUTCFullYear() % 100)],
  ["15", (date) => two(date.getUTCHours())],
  ["PM", (date) => (date.getUTCHours() < 12 ? "AM" : "PM")],
  ["_2", (date) => String(date.getUTCDate()).padStart(2, " ")],
  ["1", (date) => String(date.getUTCMonth() + 1)],
  ["2", (date) => String(date.getUTCDate())],
  ["3", (date) => String(date.getUTCHours() % 12 || 12)],
  ["4", (date) => String(date.getUTCMinutes())],
  ["5", (date) => String(date.getUTCSeconds())],
];
const byText = new Map(parts);
const part = new RegExp(parts.map(([text]) => text.replaceAll(".", String.raw`\.`)).join("|"), "g");

function formatLayout(date: Date, layout: string): string {
  return layout.replaceAll(part, (text) => byText.get(text)?.(date) ?? text);
}
