/** GraphQL types of `core` values: absences, checks, findings, annotations; and connections after Relay's specification. */
import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLEnumValueConfig,
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableType,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import { absenceReasons } from "../../core/absence.ts";
import { annotationKinds } from "../../core/annotation.ts";
import { checkStatuses } from "../../core/check.ts";
import { ChainPulseError } from "../../core/errors.ts";

export const text = new GraphQLNonNull(GraphQLString);
export const number = new GraphQLNonNull(GraphQLFloat);
export const id = new GraphQLNonNull(GraphQLID);

/** `Type!` */
export function required<T extends GraphQLNullableType>(type: T): GraphQLNonNull<T> {
  return new GraphQLNonNull(type);
}

/** `[Type!]!` */
export function listOf(type: GraphQLOutputType): GraphQLOutputType {
  return new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)));
}

export function enumOf(name: string, description: string, values: Readonly<Record<string, string>>): GraphQLEnumType {
  const entries = Object.entries(values).map(([value, help]) => [value, help === "" ? {} : { description: help }] as const);
  return new GraphQLEnumType({ name, description, values: Object.fromEntries<GraphQLEnumValueConfig>(entries) });
}

export const undescribed = (values: readonly string[]): Record<string, string> =>
  Object.fromEntries(values.map((value) => [value, ""]));

const absenceReason = enumOf("AbsenceReason", "Why a value cannot be read.", absenceReasons);

export const unavailableType = new GraphQLObjectType({
  name: "Unavailable",
  description: "Why a value is null.",
  fields: {
    field: { type: text, description: "Name of the field beside this one that is null." },
    reason: { type: new GraphQLNonNull(absenceReason) },
    detail: { type: text, description: "What was tried and what happened." },
    fix: { type: GraphQLString, description: "What can be done about it." },
  },
});

export const checkStatus = enumOf("CheckStatus", "What a check says.", undescribed(checkStatuses));

const checkType = new GraphQLObjectType({
  name: "Check",
  description: "The newest result of one health check.",
  fields: {
    id: { type: id },
    title: { type: text },
    status: { type: new GraphQLNonNull(checkStatus) },
    timestampMs: { type: number },
    sinceMs: { type: number, description: "Since when the status holds." },
    value: { type: GraphQLFloat, description: "The worst element's value; null when unknown." },
    message: { type: text },
    action: { type: GraphQLString, description: "What to do." },
    reason: { type: absenceReason, description: "Why the status is unknown." },
  },
});

export const healthType = new GraphQLObjectType({
  name: "Health",
  description: "All checks of a node, worst first.",
  fields: {
    node: { type: text },
    status: { type: new GraphQLNonNull(checkStatus), description: "The worst of all." },
    checks: { type: listOf(checkType) },
  },
});

export const findingType = new GraphQLObjectType({
  name: "Finding",
  description: "Something an analyser states about a node.",
  fields: {
    id: { type: id },
    kind: { type: text },
    severity: { type: new GraphQLNonNull(enumOf("Severity", "How bad.", undescribed(["info", "warning", "critical"]))) },
    node: { type: text },
    startMs: { type: number },
    endMs: { type: GraphQLFloat, description: "Null while it lasts." },
    sentence: { type: text },
    action: { type: GraphQLString },
  },
});

export const annotationType = new GraphQLObjectType({
  name: "Annotation",
  description: "A mark on the time axis.",
  fields: {
    timestampMs: { type: number },
    endMs: { type: GraphQLFloat },
    kind: { type: new GraphQLNonNull(enumOf("AnnotationKind", "What happened.", undescribed(annotationKinds))) },
    title: { type: text },
    text: { type: GraphQLString },
    node: { type: text },
  },
});

export const labelType = new GraphQLObjectType({ name: "Label", fields: { name: { type: text }, value: { type: text } } });

export const seriesType = new GraphQLObjectType({
  name: "SeriesResult",
  description: "An expression's values on one grid of times.",
  fields: {
    fromMs: { type: number },
    stepMs: { type: number },
    warnings: { type: listOf(GraphQLString) },
    series: {
      type: listOf(
        new GraphQLObjectType({
          name: "Series",
          fields: {
            labels: { type: listOf(labelType) },
            values: {
              type: new GraphQLNonNull(new GraphQLList(GraphQLFloat)),
              description: "One per step, from fromMs on; null where there is none.",
            },
          },
        }),
      ),
    },
  },
});

const pageInfoType = new GraphQLObjectType({
  name: "PageInfo",
  fields: {
    hasNextPage: { type: new GraphQLNonNull(GraphQLBoolean) },
    hasPreviousPage: { type: new GraphQLNonNull(GraphQLBoolean) },
    startCursor: { type: GraphQLString },
    endCursor: { type: GraphQLString },
  },
});

/** `NodeConnection!` of a type, after Relay's cursor connections specification; `more` are fields beside the edges. */
export function connectionType<Source, Context>(
  node: GraphQLObjectType<Source, Context>,
  more: GraphQLFieldConfigMap<unknown, unknown> = {},
): GraphQLOutputType {
  const edge = new GraphQLObjectType({
    name: `${node.name}Edge`,
    fields: { cursor: { type: text }, node: { type: new GraphQLNonNull(node) } },
  });
  const connection = new GraphQLObjectType({
    name: `${node.name}Connection`,
    fields: { edges: { type: listOf(edge) }, pageInfo: { type: new GraphQLNonNull(pageInfoType) }, ...more },
  });
  return new GraphQLNonNull(connection);
}

const firstMax = 1000;

export const connectionArguments = {
  first: { type: GraphQLInt, defaultValue: 100, description: `At most ${firstMax}.` },
  after: { type: GraphQLString, description: "The cursor of the last edge seen." },
} as const;

/** One page of a list. Errors: `BAD_REQUEST`. */
export function connectionOf(
  items: readonly unknown[],
  page: { readonly first: number; readonly after?: string | null },
): unknown {
  if (page.first < 0 || page.first > firstMax) throw new ChainPulseError("BAD_REQUEST", `first is not from 0 to ${firstMax}`);
  const after = page.after ?? null;
  if (after !== null && !/^\d{1,9}$/.test(after)) throw new ChainPulseError("BAD_REQUEST", "after is no cursor of this list");
  const start = after === null ? 0 : Number(after) + 1;
  const edges = items.slice(start, start + page.first).map((node, index) => ({ cursor: String(start + index), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: start + edges.length < items.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
