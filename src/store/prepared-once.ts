/**
 * The statements of one connection that are run again and again, each prepared once. One that is prepared anew each time keeps 3 KB of
 * SQLite's memory until the runtime collects all its garbage; that memory is not on the runtime's heap, so that nothing makes it do so:
 * 13 a second, which charts and checks had come to, took 26 MB in ten minutes.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Gives the statement of a text. Run it to its end before the same one is asked for again: `get`, `all` and `run` do, `iterate` does not. */
export type Prepared = (sql: string) => StatementSync;

/**
 * Keep it beside the connection, and no longer. Texts are constants: each stays for as long as the connection is open. Throws what SQLite
 * throws where a text does not fit the schema.
 */
export function preparedOnce(database: DatabaseSync): Prepared {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
}
