/**
 * Log records as text: one JSON object per line for machines, one short line for people. Both are made so that no value can forge a
 * line, steer a terminal or print a secret.
 */
import type { LogFields, LogLevel } from "../core/logger.ts";
import { Secret } from "../core/secret.ts";

/** A log line before it is text; its fields are plain JSON values, so that it crosses threads. */
export interface LogRecord {
  /** ms since the epoch */
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const textCharsMax = 8192;
const itemsMax = 100;
const depthMax = 4;
/** A line longer than this loses its fields: log collectors cut lines (journald at 48 KiB by default) and would break the JSON. */
const lineCharsMax = 40_960;

/** Names of fields whose value is a secret whatever type it has. */
const secretName = /(pass(word|wd|phrase)|secret|token|api_?key|authorization|cookie|private_?key|credential)$/i;

/** Fields as plain JSON values: bounded in depth and size, secrets replaced, errors with message, code, stack and cause. */
export function plainFields(fields: LogFields): Readonly<Record<string, unknown>> {
  // A record of fields is an object: it stays one.
  return plainValue(fields, 0) as Readonly<Record<string, unknown>>;
}

function plainValue(value: unknown, depth: number): unknown {
  if (value instanceof Secret) return String(value);
  if (typeof value === "string") return value.length > textCharsMax ? `${value.slice(0, textCharsMax)}…` : value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return value === undefined ? undefined : `[${typeof value}]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= depthMax) return "[…]";
  if (value instanceof Error) return plainError(value, depth);
  if (Array.isArray(value)) return value.slice(0, itemsMax).map((item) => plainValue(item, depth + 1));
  if (value instanceof Map || value instanceof Set) return plainValue([...value].slice(0, itemsMax), depth);
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, itemsMax)
      .map(([name, item]) => [name, secretName.test(name) && item !== undefined ? "[secret]" : plainValue(item, depth + 1)]),
  );
}

function plainError(error: Error, depth: number): unknown {
  const code = "code" in error ? plainValue(error.code, depth + 1) : undefined;
  const cause = error.cause === undefined ? undefined : plainValue(error.cause, depth + 1);
  return { name: error.name, message: error.message, code, stack: plainValue(error.stack, depth + 1), cause };
}

/** `{"time":"2026-11-25T20:00:00.000Z","level":"info","msg":"…", …fields}` without the line end. */
export function formatJsonLine({ timeMs, level, message, fields }: LogRecord): string {
  const head = { time: new Date(timeMs).toISOString(), level, msg: plainValue(message, 0) };
  // The head comes last too: no field takes the place of the time, the level or the message.
  const line = JSON.stringify({ ...head, ...fields, ...head });
  const bounded = line.length <= lineCharsMax ? line : JSON.stringify({ ...head, fieldsDropped: line.length });
  return escapeControls(bounded, (code) => `\\u${code.toString(16).padStart(4, "0")}`);
}

/** `20:00:00 warn  message  name=value …` without the line end; local time. */
export function formatHumanLine({ timeMs, level, message, fields }: LogRecord, colour: boolean): string {
  const time = new Date(timeMs).toTimeString().slice(0, 8);
  const word = colour ? `${levelColours[level]}${level.padEnd(5)}\u001b[0m` : level.padEnd(5);
  const facts = Object.entries(fields).map(([name, value]) => `  ${escapeText(name)}=${humanValue(value)}`);
  return `${time} ${word} ${escapeText(message)}${facts.join("")}`.slice(0, lineCharsMax);
}

/** SGR codes of ECMA-48: grey, default, yellow, red. */
const levelColours: Readonly<Record<LogLevel, string>> = {
  debug: "\u001b[90m",
  info: "\u001b[0m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
};

function humanValue(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? escapeText(value) : escapeText(JSON.stringify(value));
  // An error's stack belongs into the JSON lines; a person at a terminal reads the message.
  if (isPlainError(value)) return escapeText(JSON.stringify(value.message));
  return escapeText(JSON.stringify(value) ?? "");
}

function isPlainError(value: unknown): value is { readonly message: string } {
  return typeof value === "object" && value !== null && "stack" in value && "message" in value;
}

/** Text for a terminal or a one-line message: control characters, line separators and text-direction marks are made visible. */
export function escapeText(text: string): string {
  return escapeControls(text, (code) => (code === 10 ? "\\n" : `\\u{${code.toString(16)}}`));
}

/**
 * What could end a line, start a terminal sequence or turn the direction of text: C0, DEL and C1 controls, U+2028/2029, and the
 * bidirectional marks of UAX #9 ("Trojan Source", CVE-2021-42574).
 */
function escapeControls(text: string, escape: (code: number) => string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) =>
    escape(character.charCodeAt(0)),
  );
}
