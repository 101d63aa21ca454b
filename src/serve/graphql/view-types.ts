/** GraphQL types of the declared views. Names and descriptions come from the declarations; there is no second list of fields. */
import {
  GraphQLFloat,
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from "graphql";
import type { Absence } from "../../core/absence.ts";
import type { ViewField, ViewGroup, ViewList } from "../../core/view.ts";
import { type FieldValue, type GroupValues, type ListValues, readViews, type RowValues } from "../views/view-values.ts";
import type { GraphqlContext } from "./context.ts";
import { unavailableType } from "./common-types.ts";

/** What `nodePerformance` hands to its groups: each reads its own expressions, all of them at this time. */
export interface NodeInstant {
  readonly node: string;
  readonly timeMs: number | null;
}

/** An absence as GraphQL shows it: beside the fields, because a number cannot carry it. */
export interface Unavailable extends Absence {
  readonly field: string;
}

type Fields<Source> = Record<string, GraphQLFieldConfig<Source, GraphqlContext>>;

const required = <T extends GraphQLOutputType>(type: T): GraphQLNonNull<T> => new GraphQLNonNull(type);

/** `NodePerformance`: one field per group, and `unavailable` beside them. */
export function nodePerformanceType(groups: readonly ViewGroup[]): GraphQLObjectType<NodeInstant, GraphqlContext> {
  const fields: Fields<NodeInstant> = {
    node: { type: required(GraphQLString), description: "The node's id.", resolve: ({ node }) => node },
    timestampMs: {
      type: GraphQLFloat,
      description: "Time of the values, ms since the epoch; null while nothing has been collected.",
      resolve: ({ timeMs }) => timeMs,
    },
  };
  for (const group of groups) fields[group.name] = groupField(group);
  fields["unavailable"] = {
    type: required(new GraphQLList(required(unavailableType))),
    description: "Why groups that are lists are null.",
    async resolve(instant, _, context) {
      const lists = groups.filter((group) => group.rows !== undefined);
      const values = await Promise.all(lists.map((group) => readGroup(group, instant, context)));
      return lists.flatMap((group, index) => missing(group.name, values[index]?.rows?.unavailable ?? null));
    },
  };
  return new GraphQLObjectType({ name: "NodePerformance", description: "What one node does at one instant.", fields });
}

function groupField(group: ViewGroup): GraphQLFieldConfig<NodeInstant, GraphqlContext> {
  const { rows, help: description } = group;
  const typeName = capital(group.name);
  if (rows !== undefined) {
    return {
      type: rowsType(rows, typeName),
      description,
      resolve: async (instant, _, context) => rowsOf((await readGroup(group, instant, context)).rows),
    };
  }
  return {
    type: required(groupType(group, typeName)),
    description,
    resolve: (instant, _, context) => readGroup(group, instant, context),
  };
}

async function readGroup(group: ViewGroup, { node, timeMs }: NodeInstant, { serve }: GraphqlContext): Promise<GroupValues> {
  const values = await readViews(serve.services, serve.ticks, serve.plan, { groups: [group], node, timeMs });
  return values.groups.get(group.name) ?? { fields: {}, lists: {}, rows: null };
}

function groupType(group: ViewGroup, name: string): GraphQLObjectType<GroupValues, GraphqlContext> {
  const fields = numberFields<GroupValues>(group.fields);
  for (const list of group.lists ?? []) {
    fields[list.name] = {
      type: rowsType(list, `${name}${capital(list.name)}`),
      description: list.help,
      resolve: ({ lists }) => rowsOf(lists[list.name] ?? null),
    };
  }
  fields["unavailable"] = {
    type: required(new GraphQLList(required(unavailableType))),
    description: "Why fields and lists of this group are null.",
    resolve: ({ fields: values, lists }): readonly Unavailable[] => [
      ...absentFields(values),
      ...Object.entries(lists).flatMap(([field, { unavailable }]) => missing(field, unavailable)),
    ],
  };
  return new GraphQLObjectType({ name, description: group.help, fields });
}

/** `null` and a reason beside it, rather than an empty list that looks like "there are none". */
function rowsOf(list: ListValues | null): readonly RowValues[] | null {
  return list === null || list.unavailable !== null ? null : list.rows;
}

function rowsType(list: ViewList, name: string): GraphQLOutputType {
  const fields: Fields<RowValues> = {};
  for (const { field, help } of [list.key, ...(list.labels ?? [])]) {
    fields[field] = { type: required(GraphQLString), description: help, resolve: ({ labels }) => labels[field] ?? "" };
  }
  Object.assign(fields, numberFields<RowValues>(list.fields));
  fields["unavailable"] = {
    type: required(new GraphQLList(required(unavailableType))),
    description: "Why fields of this row are null.",
    resolve: ({ fields: values }) => absentFields(values),
  };
  return new GraphQLList(required(new GraphQLObjectType({ name, description: list.help, fields })));
}

function numberFields<Source extends { readonly fields: Readonly<Record<string, FieldValue>> }>(
  declared: readonly ViewField[],
): Fields<Source> {
  return Object.fromEntries(
    declared.map(({ name, help, unit }) => [
      name,
      {
        type: GraphQLFloat,
        description: `${help} Unit: \`${unit}\`.`,
        resolve: ({ fields }: Source) => fields[name]?.value ?? null,
      },
    ]),
  );
}

function absentFields(values: Readonly<Record<string, FieldValue>>): readonly Unavailable[] {
  return Object.entries(values).flatMap(([field, value]) => (value.value === null ? missing(field, value.unavailable) : []));
}

function missing(field: string, absence: Absence | null): readonly Unavailable[] {
  return absence === null ? [] : [{ field, ...absence }];
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
