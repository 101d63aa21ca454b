/**
 * The agents that report here, in the state file: one row each. The thread that receives writes them every few seconds; the main
 * thread reads them, and the command line forgets one.
 */
import type { DatabaseSync } from "node:sqlite";
import { type AgentRecord, agentRecord } from "../../core/agent-record.ts";
import { DamagedFileError, integerOf, storeError, textOf, transaction } from "../database.ts";
import { openState, statePath } from "./state.ts";

/** More than one hub takes; what names itself beyond it is refused where it says hello. */
export const agentsMax = 10_000;

/** Errors of all methods: what SQLite throws, when the file has become unusable. */
export interface AgentRegistry {
  /** In the order of their names. */
  list(): readonly AgentRecord[];
  find(node: string): AgentRecord | null;
  /** Adds or replaces, all or none. */
  put(records: readonly AgentRecord[]): void;
  /** `false`: there is no such agent. */
  forget(node: string): boolean;
  close(): void;
}

const migrations = ["CREATE TABLE agent (node TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID"];

/** Opens `<dataDir>/state.db`, and makes it where it is missing. Errors: `STORE_UNUSABLE`, `STORE_TOO_NEW`. */
export function openAgentRegistry(dataDir: string): AgentRegistry {
  const database = open(dataDir);
  const dataVersion = database.prepare("PRAGMA data_version");
  const select = database.prepare("SELECT record FROM agent ORDER BY node");
  const selectOne = database.prepare("SELECT record FROM agent WHERE node = ?");
  const upsert = database.prepare("INSERT OR REPLACE INTO agent VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM agent WHERE node = ?");
  let cache: { readonly version: number; readonly records: readonly AgentRecord[] } | null = null;

  /** All agents, read again when another connection has changed the file (PRAGMA data_version) or this one has. */
  const list = (): readonly AgentRecord[] => {
    const version = integerOf(dataVersion.get() ?? {}, "data_version");
    if (cache?.version !== version) {
      cache = { version, records: select.all().map((row) => parseRecord(textOf(row, "record"))) };
    }
    return cache.records;
  };

  return {
    list,
    find(node) {
      const row = selectOne.get(node);
      return row === undefined ? null : parseRecord(textOf(row, "record"));
    },
    put(changed) {
      transaction(database, () => {
        for (const record of changed) upsert.run(record.node, JSON.stringify(record));
      });
      cache = null;
    },
    forget(node) {
      cache = null;
      return remove.run(node).changes > 0;
    },
    close: () => database.close(),
  };
}

function open(dataDir: string): DatabaseSync {
  try {
    return openState({ dataDir, part: "agents", migrations });
  } catch (error) {
    throw storeError(error, statePath(dataDir), "opening");
  }
}

function parseRecord(text: string): AgentRecord {
  const parsed = agentRecord.safeParse(JSON.parse(text));
  if (!parsed.success) throw new DamagedFileError(`the record of an agent is not what it should be: ${parsed.error.message}`);
  return parsed.data;
}
