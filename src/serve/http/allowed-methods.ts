/**
 * Which methods a path has, for those who ask with another one. Looked up when somebody does: as routes of their own, six methods for each
 * path, they took more than half of the time in which the server registers its routes.
 */
import { escapeRegex } from "../../core/promql-text.ts";
import type { Route } from "./route.ts";

/** Answers what `Allow` says for a path (without its query) that has other methods than the one asked for; `null` where there are none. */
export function allowedMethods(
  routes: readonly Pick<Route, "method" | "path">[],
): (method: string, path: string) => string | null {
  let patterns: readonly { readonly path: RegExp; readonly methods: readonly string[] }[] | null = null;
  return (method, path) => {
    patterns ??= Array.from(
      // Under `/*` everything is "no such path", whatever the method.
      Map.groupBy(
        routes.filter((route) => route.path !== "/*"),
        (route) => route.path,
      ),
      ([pattern, sharing]) => ({ path: matcherOf(pattern), methods: sharing.map((route) => route.method) }),
    );
    const methods = patterns.filter((one) => one.path.test(path)).flatMap((one) => one.methods);
    return methods.length === 0 || methods.includes(method) ? null : methods.join(", ");
  };
}

/** `:name` stands for one part of the path. Source: find-my-way, "Supported path formats". */
function matcherOf(pattern: string): RegExp {
  const parts = pattern.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : escapeRegex(part)));
  return new RegExp(`^${parts.join("/")}$`);
}
