/** The schema as text, for `docs/schema.graphql` and for people. */
import { printSchema } from "graphql";
import type { Domain } from "../../core/domain.ts";
import { buildSchema } from "./schema.ts";

/** The SDL of all domains' views, with descriptions; ends with a line break. */
export function sdl(domains: readonly Domain[]): string {
  return `${printSchema(buildSchema(domains.flatMap(({ views }) => views)))}\n`;
}
