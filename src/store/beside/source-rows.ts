/** Sources in a file of spans or of log records: each once, with the nodes it may be on. */
import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { nodesOf, serviceOf } from "../../core/telemetry-source.ts";
import type { TelemetrySource } from "../../core/span.ts";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { blobOf, DamagedFileError, integerOf } from "../database.ts";
import { sourceOfText, sourceText } from "./source-body.ts";

export const sourceTables = `
  CREATE TABLE source (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, service TEXT NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE source_node (node TEXT NOT NULL, source INTEGER NOT NULL, PRIMARY KEY (node, source)) STRICT, WITHOUT ROWID;`;

export interface KnownSource {
  readonly id: number;
  readonly service: string;
}

/** Characters of the sources whose numbers are remembered; one has some hundred, and most senders are one or few. */
const rememberedCharsMax = 1_048_576;
/** Bytes of the SHA-256 that tell sources apart. Not a fast hash: senders choose what is hashed. */
const digestBytes = 16;

/** Numbers the sources of a file, for its writer. */
export class SourceNumbers {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #insertNode: StatementSync;
  /** By the object first: a batch's spans mostly share theirs. */
  readonly #byObject = new WeakMap<TelemetrySource, KnownSource>();
  readonly #byText = new Map<string, KnownSource>();
  readonly #onNew: (id: number, source: TelemetrySource) => void;
  #chars = 0;

  /** `onNew`: called with each source that the file did not have. */
  constructor(database: DatabaseSync, onNew: (id: number, source: TelemetrySource) => void = () => undefined) {
    this.#onNew = onNew;
    this.#find = database.prepare("SELECT id FROM source WHERE digest = ?");
    this.#insert = database.prepare("INSERT INTO source (digest, service, body) VALUES (?, ?, ?)");
    this.#insertNode = database.prepare("INSERT INTO source_node VALUES (?, ?)");
  }

  numberOf(source: TelemetrySource): KnownSource {
    const known = this.#byObject.get(source) ?? this.#numberOfText(source);
    this.#byObject.set(source, known);
    return known;
  }

  #numberOfText(source: TelemetrySource): KnownSource {
    const text = sourceText(source);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const numbered = { id: this.#idOf(text, source), service: serviceOf(source.resource) };
    this.#chars += text.length;
    if (this.#chars > rememberedCharsMax) {
      this.#byText.clear();
      this.#chars = text.length;
    }
    this.#byText.set(text, numbered);
    return numbered;
  }

  #idOf(text: string, source: TelemetrySource): number {
    const digest = createHash("sha256").update(text).digest().subarray(0, digestBytes);
    const row = this.#find.get(digest);
    if (row !== undefined) return integerOf(row, "id");
    const body = withChecksum(placeOf(digest), Buffer.from(text));
    const id = Number(this.#insert.run(digest, serviceOf(source.resource), body).lastInsertRowid);
    for (const node of nodesOf(source.resource)) this.#insertNode.run(node, id);
    this.#onNew(id, source);
    return id;
  }
}

/** Bytes of the sources that are kept decoded per file, for its reader. */
const keptBytesMax = 262_144;

/** The way back: sources of a file by their numbers. */
export class SourceBodies {
  readonly #find: StatementSync;
  readonly #length: StatementSync;
  readonly #kept = new Map<number, TelemetrySource>();
  #keptBytes = 0;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare("SELECT digest, body FROM source WHERE id = ?");
    this.#length = database.prepare("SELECT length(body) AS bytes FROM source WHERE id = ?");
  }

  /** Of its JSON. Throws `DamagedFileError`. */
  bytesOf(id: number): number {
    return integerOf(this.#length.get(id) ?? {}, "bytes");
  }

  /** Throws `DamagedFileError`. */
  sourceOf(id: number): TelemetrySource {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const row = this.#find.get(id);
    if (row === undefined) throw new DamagedFileError(`source ${id} is missing`);
    const body = checkedBytes(placeOf(blobOf(row, "digest")), blobOf(row, "body"));
    const source = sourceOfText(Buffer.from(body).toString());
    this.#keptBytes += body.length;
    if (this.#keptBytes > keptBytesMax) {
      this.#kept.clear();
      this.#keptBytes = body.length;
    }
    this.#kept.set(id, source);
    return source;
  }
}

function placeOf(digest: Uint8Array): string {
  return `source ${Buffer.from(digest).toString("hex")}`;
}
