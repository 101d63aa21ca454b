/** Prometheus's own OpenAPI document as a judge of answers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What the document says of answers. */
export interface Contract {
  /** `GET /query`, `POST /query` … */
  readonly operations: readonly string[];
  /** Throws an AssertionError when the body is not what the operation answers with this status. */
  check(operation: string, status: number, body: unknown): void;
}

const id = "prometheus";

/** Reads an OpenAPI 3.1 or 3.2 document, whose schemas are JSON Schema 2020-12. */
export function readContract(file: string): Contract {
  const document = parse(readFileSync(file, "utf8")) as Document; // Prometheus's own document; a wrong one fails below.
  // Not strict: the document has the keywords of OpenAPI around and in its schemas.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, id);
  return {
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    ),
    check(operation, status, body) {
      const [method = "", path = ""] = operation.toLowerCase().split(" ");
      const responses = document.paths[path]?.[method]?.responses;
      assert.ok(responses !== undefined, `the document has no ${operation}`);
      const answered = String(status) in responses ? String(status) : "default";
      const pointer = ["paths", path, method, "responses", answered, "content", "application/json", "schema"];
      const reference = pointer.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
      const validate = ajv.getSchema(`${id}#/${reference}`);
      assert.ok(validate !== undefined, `the document has no answer ${status} of ${operation}`);
      const valid = validate(body);
      assert.ok(valid === true, `${operation} ${status}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`);
    },
  };
}
