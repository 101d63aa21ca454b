/**
 * API tokens, hashed at rest in the state file. Main answers requests with it, the command line creates, lists and revokes;
 * both may have the file open at once.
 *
 * A token is `cpt_` and 32 random bytes. What is stored is its SHA-256, not scrypt or bcrypt: slow hashes protect secrets that
 * people choose and that can be guessed; 256 random bits cannot be, and a slow hash on every request would be a denial of service.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { ChainPulseError } from "../../core/errors.ts";
import { blobOf, integerOf, isBusy, optionalIntegerOf, storeError, textOf } from "../database.ts";
import { openState, statePath } from "./state.ts";

/**
 * What a token may be used for. `admin` includes the others; the others include nothing but themselves. `agent`: to send the samples of
 * one node, whatever they say of themselves; never those of another one, so it is no `ingest`.
 */
export const scopes = ["read", "write", "ingest", "agent", "admin"] as const;

/** One of them. */
export type Scope = (typeof scopes)[number];

/** All that is known of a token; the token itself is not. */
export interface TokenInfo {
  /** Public number of the token, to name it in lists and to revoke it; says nothing about the secret. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The id of the one node that an agent sends for with it; `null` for all other tokens. */
  readonly node: string | null;
  readonly createdMs: number;
  /** `null`: does not expire. */
  readonly expiresMs: number | null;
  /** To the minute: writing it down on every request would cost a disk write each. */
  readonly lastUsedMs: number | null;
}

/** What a verified token allows, and until when. */
export type Grant = Pick<TokenInfo, "id" | "name" | "scopes" | "node" | "expiresMs">;

/** Errors of all methods: what SQLite throws, when the file has become unusable. */
export interface TokenStore {
  /** The token itself is returned here and never again. */
  create(token: {
    readonly name: string;
    readonly scopes: readonly Scope[];
    /** With the scope `agent`, and with no other: the node. */
    readonly node?: string;
    readonly expiresMs: number | null;
    readonly nowMs?: number;
  }): { readonly id: string; readonly token: string };
  list(): readonly TokenInfo[];
  /** `false`: there is no such token. */
  revoke(id: string): boolean;
  /** Revokes all tokens of a node's agent; returns how many there were. */
  revokeNode(node: string): number;
  /** `null`: unknown, revoked or expired. */
  verify(token: string, nowMs: number): Grant | null;
  /** The grant of a token that was verified before; `null` when it has been revoked or has expired since. */
  active(id: string, nowMs: number): Grant | null;
  close(): void;
}

const tokenPattern = /^cpt_[A-Za-z0-9_-]{43}$/;
/** Tokens are handed out by hand; more than this is a script gone wrong, and all of them are held in memory. */
const tokensMax = 1000;
const lastUsedStepMs = 60_000;

interface Entry extends TokenInfo {
  readonly hash: Buffer;
}

interface Cache {
  /** SQLite's counter of changes by other connections. */
  readonly version: number;
  readonly byHash: Map<string, Entry>;
  readonly byId: Map<string, Entry>;
}

/**
 * Opens `<dataDir>/state.db`. `readOnly` does not make the file (there are no tokens then) and does not note uses. Errors:
 * `STORE_UNUSABLE`, `STORE_TOO_NEW`.
 */
export function openTokenStore(dataDir: string, options: { readonly readOnly?: boolean } = {}): TokenStore {
  const database = openDatabase(dataDir, options.readOnly === true);
  const insert = (entry: Omit<Entry, "lastUsedMs">): void => {
    database
      .prepare("INSERT INTO token (id, name, hash, scopes, node, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(entry.id, entry.name, entry.hash, entry.scopes.join(" "), entry.node, entry.createdMs, entry.expiresMs);
  };
  const dataVersion = database.prepare("PRAGMA data_version");
  const selectAll = database.prepare("SELECT * FROM token ORDER BY created_ms, id");
  const touch = options.readOnly === true ? null : database.prepare("UPDATE token SET last_used_ms = ? WHERE id = ?");
  let cache: Cache | null = null;

  /** All tokens, read again when another connection has changed the file (PRAGMA data_version) or this one has. */
  const tokens = (): Cache => {
    const version = integerOf(dataVersion.get() ?? {}, "data_version");
    if (cache !== null && cache.version === version) return cache;
    const entries = selectAll.all().map(toEntry);
    cache = {
      version,
      byHash: new Map(entries.map((entry) => [entry.hash.toString("hex"), entry])),
      byId: new Map(entries.map((entry) => [entry.id, entry])),
    };
    return cache;
  };

  const used = (entry: Entry, nowMs: number): void => {
    if (touch === null || nowMs - (entry.lastUsedMs ?? 0) < lastUsedStepMs) return;
    const held = tokens();
    const later = { ...entry, lastUsedMs: nowMs };
    held.byHash.set(entry.hash.toString("hex"), later);
    held.byId.set(entry.id, later);
    try {
      touch.run(nowMs, entry.id);
    } catch (error) {
      // Another process holds the write lock: the time is written a minute later. Anything else is a real failure.
      if (!isBusy(error)) throw error;
    }
  };

  return {
    create({ name, scopes: wanted, node = null, expiresMs, nowMs = Date.now() }) {
      if (wanted.length === 0) throw new ChainPulseError("BAD_REQUEST", "a token without scopes is of no use");
      if (wanted.includes("agent") !== (node !== null)) {
        throw new ChainPulseError("BAD_REQUEST", "a token of the scope agent is for one node, and only such a token is");
      }
      if (tokens().byId.size >= tokensMax) {
        throw new ChainPulseError("BAD_REQUEST", `there are ${tokensMax} tokens already`, { fix: "Revoke those not in use." });
      }
      const token = `cpt_${randomBytes(32).toString("base64url")}`;
      const id = randomBytes(6).toString("hex");
      insert({ id, name, hash: hashOf(token), scopes: wanted, node, createdMs: nowMs, expiresMs });
      cache = null;
      return { id, token };
    },
    list: () => [...tokens().byId.values()].map(({ hash: _, ...info }) => info),
    revoke(id) {
      const { changes } = database.prepare("DELETE FROM token WHERE id = ?").run(id);
      cache = null;
      return changes > 0;
    },
    revokeNode(node) {
      const { changes } = database.prepare("DELETE FROM token WHERE node = ?").run(node);
      cache = null;
      return Number(changes);
    },
    verify(token, nowMs) {
      if (!tokenPattern.test(token)) return null;
      const hash = hashOf(token);
      const entry = tokens().byHash.get(hash.toString("hex"));
      // The look-up compares hashes, whose prefixes an attacker cannot choose; the last word has a comparison in constant time.
      if (entry === undefined || !timingSafeEqual(entry.hash, hash) || isExpired(entry, nowMs)) return null;
      used(entry, nowMs);
      return grantOf(entry);
    },
    active(id, nowMs) {
      const entry = tokens().byId.get(id);
      return entry === undefined || isExpired(entry, nowMs) ? null : grantOf(entry);
    },
    close: () => database.close(),
  };
}

const migrations = [
  `CREATE TABLE token (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, scopes TEXT NOT NULL,
     created_ms INTEGER NOT NULL, expires_ms INTEGER, last_used_ms INTEGER
   ) STRICT, WITHOUT ROWID`,
  "ALTER TABLE token ADD COLUMN node TEXT",
];

function openDatabase(dataDir: string, readOnly: boolean): DatabaseSync {
  const path = statePath(dataDir);
  try {
    const absent = readOnly && !existsSync(path);
    if (!readOnly) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const database = absent ? new DatabaseSync(":memory:") : openState({ dataDir, part: "tokens", migrations });
    if (absent) for (const sql of migrations) database.exec(sql);
    // Short, because the caller may be the thread that serves everybody.
    database.exec("PRAGMA busy_timeout = 500");
    return database;
  } catch (error) {
    throw storeError(error, path, "opening");
  }
}

function toEntry(row: Readonly<Record<string, SQLOutputValue>>): Entry {
  return {
    id: textOf(row, "id"),
    name: textOf(row, "name"),
    hash: Buffer.from(blobOf(row, "hash")),
    scopes: textOf(row, "scopes").split(" ").filter(isScope),
    node: row["node"] === null ? null : textOf(row, "node"),
    createdMs: integerOf(row, "created_ms"),
    expiresMs: optionalIntegerOf(row, "expires_ms"),
    lastUsedMs: optionalIntegerOf(row, "last_used_ms"),
  };
}

function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text); // Widened, because `includes` of a tuple takes only its members.
}

function isExpired(entry: TokenInfo, nowMs: number): boolean {
  return entry.expiresMs !== null && entry.expiresMs <= nowMs;
}

function grantOf({ id, name, scopes: granted, node, expiresMs }: TokenInfo): Grant {
  return { id, name, scopes: granted, node, expiresMs };
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
