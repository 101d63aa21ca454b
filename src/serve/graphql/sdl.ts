/** The schema as text, for `docs/schema.graphql` and for people. */
import { printSchema } from "graphql";
import type { Domain } from "../../core/domain.ts";
import { buildSchema } from "./schema.ts";

export function sdl(domains: readonly Domain[]): string {
  return `${printSchema(buildSchema(domains.flatMap(({ views }) => views)))}\n`;
}
