/**
 * Bounds on what one operation may ask for. Checked before execution, on the document with its fragments unfolded: fragments
 * are how a short document becomes a large one. Defaults after OWASP's GraphQL cheat sheet and graphql-armor.
 */
import { type ASTVisitor, GraphQLError, Kind, type SelectionSetNode, type ValidationContext } from "graphql";

/** What one operation may have at most. */
export const operationLimits = {
  tokens: 1000,
  depth: 8,
  aliases: 15,
  /** Sum over all fields: 1, or 50 for one that reads a range or a list of many. */
  cost: 1000,
  /** Values in all its `series`. The library takes 0.5 µs for each in the main thread, ten times what REST does (measured). */
  values: 200_000,
} as const;

const rangeFields: ReadonlySet<string> = new Set(["series", "traces", "trace", "logs", "events"]);
const rangeCost = 50;

interface Measure {
  depth: number;
  aliases: number;
  cost: number;
}

/** A validation rule for `graphql.validate`. Introspection is left to graphql's own MaxIntrospectionDepthRule. */
export function limitOperations(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const total: Measure = { depth: 0, aliases: 0, cost: 0 };
      measure(operation.selectionSet, 1, new Set(), total, context);
      for (const name of ["depth", "aliases", "cost"] as const) {
        if (total[name] > operationLimits[name]) {
          const message = `the operation's ${name} is more than ${operationLimits[name]}`;
          context.reportError(new GraphQLError(message, { nodes: operation, extensions: { code: "QUERY_LIMIT" } }));
        }
      }
    },
  };
}

/** Stops as soon as a bound is passed, so that unfolding is itself bounded; a cycle of fragments is another rule's error. */
function measure(
  selections: SelectionSetNode,
  depth: number,
  open: ReadonlySet<string>,
  total: Measure,
  context: ValidationContext,
): void {
  for (const selection of selections.selections) {
    if (total.cost > operationLimits.cost || total.depth > operationLimits.depth) return;
    if (selection.kind === Kind.FIELD) {
      if (selection.alias !== undefined) total.aliases++;
      if (selection.name.value.startsWith("__")) continue;
      total.depth = Math.max(total.depth, depth);
      total.cost += rangeFields.has(selection.name.value) ? rangeCost : 1;
      if (selection.selectionSet !== undefined) measure(selection.selectionSet, depth + 1, open, total, context);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      measure(selection.selectionSet, depth, open, total, context);
    } else {
      const name = selection.name.value;
      const fragment = open.has(name) ? undefined : context.getFragment(name);
      // A spread costs too, or empty fragments could be nested into exponential work for nothing.
      total.cost++;
      if (fragment) measure(fragment.selectionSet, depth, new Set([...open, name]), total, context);
    }
  }
}
