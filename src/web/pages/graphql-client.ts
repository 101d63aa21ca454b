/** Requests to `/graphql`, and its schema by introspection, flattened for reading. */
import { sendJson } from "../data/http.ts";

export interface SchemaField {
  readonly name: string;
  /** `(nodeId: ID!)`, or nothing. */
  readonly args: string;
  readonly type: string;
  readonly description: string | null;
}

export interface SchemaType {
  readonly name: string;
  readonly description: string | null;
  readonly fields: readonly SchemaField[];
}

/** The whole answer, `data` and `errors`. Rejects with `ApiProblem` when the server refuses the request itself. */
export function askGraphql(query: string, variables: unknown): Promise<unknown> {
  return sendJson<unknown>("POST", "/graphql", { query, variables });
}

interface TypeRef {
  readonly kind: string;
  readonly name: string | null;
  readonly ofType?: TypeRef | null;
}

interface Introspection {
  readonly data?: {
    readonly __schema: {
      readonly types: readonly {
        readonly name: string;
        readonly kind: string;
        readonly description: string | null;
        readonly fields:
          | readonly {
              name: string;
              description: string | null;
              type: TypeRef;
              args: readonly { name: string; type: TypeRef }[];
            }[]
          | null;
      }[];
    };
  };
  readonly errors?: readonly { readonly message: string }[];
}

// Four levels cover `[Type!]!`; more would meet the server's depth limit.
const typeRef = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const introspection = `{ __schema { types { name kind description fields { name description type { ${typeRef} } args { name type { ${typeRef} } } } } } }`;

/** Types with fields, without GraphQL's own, in the schema's order. */
export async function loadSchema(): Promise<readonly SchemaType[]> {
  const answer = await sendJson<Introspection>("POST", "/graphql", { query: introspection });
  if (answer.data === undefined) throw new Error(answer.errors?.[0]?.message ?? "The schema could not be read.");
  return answer.data.__schema.types
    .filter((type) => type.fields !== null && !type.name.startsWith("__"))
    .map(({ name, description, fields }) => ({
      name,
      description,
      fields: (fields ?? []).map((field) => ({
        name: field.name,
        description: field.description,
        type: typeText(field.type),
        args: field.args.length === 0 ? "" : `(${field.args.map((arg) => `${arg.name}: ${typeText(arg.type)}`).join(", ")})`,
      })),
    }));
}

function typeText(type: TypeRef): string {
  if (type.kind === "NON_NULL" && type.ofType) return typeText(type.ofType).concat("!");
  if (type.kind === "LIST" && type.ofType) return `[${typeText(type.ofType)}]`;
  return type.name ?? "?";
}
