/** The OpenAPI 3.1 document, made from the route declarations: what is validated is what is documented. */
import { z } from "zod";
import type { Domain } from "../../core/domain.ts";
import { errorCodes } from "../../core/errors.ts";
import { problemContentType } from "../http/problem.ts";
import type { Answer, Route } from "../http/route.ts";
import { allRoutes } from "../routes.ts";

type Json = Readonly<Record<string, unknown>>;

/** A function of the domains only: the committed document in `docs/` is made by it without a server. */
export function openApiDocument(domains: readonly Domain[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const components = new Map<string, unknown>([["Problem", problemSchema]]);
  for (const route of allRoutes(domains)) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}").replace("*", "{file}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, components) };
  }
  return {
    openapi: "3.1.0",
    // The version of the API, as in its paths; the program's own is in `…/status`.
    info: { title: "ChainPulse", version: "1", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A token made by `chainpulse token create`." },
        session: { type: "apiKey", in: "cookie", name: "chainpulse_session" },
      },
      schemas: Object.fromEntries(components),
    },
  };
}

const problemSchema = {
  type: "object",
  description: "RFC 9457 problem details.",
  required: ["type", "title", "status", "detail", "instance", "code"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    instance: { type: "string" },
    code: { type: "string", enum: Object.keys(errorCodes) },
    fix: { type: "string" },
    errors: {
      type: "array",
      items: { type: "object", properties: { path: { type: "string" }, message: { type: "string" } } },
    },
  },
} as const;

function operation(route: Route, components: Components): Json {
  const schemes = route.access === "public" ? [{}] : [{ token: [] }, { session: [] }];
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    // Not a list of OAuth scopes: bearer tokens take none in OpenAPI. The class is told in words.
    ...(route.access === "public" ? {} : { description: `Needs the scope \`${route.access}\` where tokens are required.` }),
    security: schemes,
    parameters: [...parameters(route.params, "path", components), ...parameters(route.query, "query", components)],
    ...(route.body === null && route.rawBody === undefined ? {} : { requestBody: requestBody(route, components) }),
    responses: { ...answerObject(route.answer, components), default: errorAnswer(route) },
  };
}

/** `GET /api/v1/performance/nodes/:nodeId` → `getPerformanceNodesByNodeId`. */
function operationId({ method, path, answer }: Route): string {
  const words = path
    .replace(/^\/api(\/v1)?/, "")
    .split(/[^A-Za-z0-9:*]+/)
    .filter((word) => word !== "")
    .map((word) => (word === "*" ? "File" : word.replace(/^:(.)/, (_, first: string) => `By${first.toUpperCase()}`)));
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  // A page may be called as what it shows.
  const kind = "contentType" in answer && answer.contentType === "text/html" ? "Page" : "";
  return `${method.toLowerCase()}${name === "" ? "Index" : name}${kind}`;
}

function parameters(schema: z.ZodType | null, place: "path" | "query", components: Components): readonly Json[] {
  if (schema === null) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input", components);
  return Object.entries(properties).map(([name, property]) => ({
    name: name === "*" ? "file" : name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function requestBody(route: Route, components: Components): Json {
  if (route.rawBody !== undefined) {
    return { required: true, content: Object.fromEntries(route.rawBody.contentTypes.map((type) => [type, {}])) };
  }
  const schema = route.body === null ? {} : jsonSchema(route.body, "input", components);
  const contentType = route.form === true ? "application/x-www-form-urlencoded" : "application/json";
  return { required: true, content: { [contentType]: { schema } } };
}

function answerObject(answer: Answer, components: Components): Json {
  if ("schema" in answer) {
    return {
      [answer.status]: {
        description: "Success.",
        content: { "application/json": { schema: jsonSchema(answer.schema, "output", components) } },
      },
    };
  }
  if ("contentType" in answer) {
    return {
      [answer.status]: { description: answer.description, content: { [answer.contentType]: { schema: { type: "string" } } } },
    };
  }
  return { [answer.status]: { description: answer.description } };
}

function errorAnswer(route: Route): Json {
  if (route.errors === "prometheus") {
    const text = { type: "string" };
    const schema = { type: "object", properties: { status: { const: "error" }, errorType: text, error: text } };
    return { description: "An error.", content: { "application/json": { schema } } };
  }
  if (route.errors !== undefined) {
    return { description: "An error.", content: { [route.errors.contentType]: { schema: { type: "string" } } } };
  }
  return { description: "A problem.", content: { [problemContentType]: { schema: { $ref: "#/components/schemas/Problem" } } } };
}

/** Schemas with an id, by it: written once under `components` and referred to. */
type Components = Map<string, unknown>;

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is; only what stands in `$defs` moves to the components. */
function jsonSchema(schema: z.ZodType, io: "input" | "output", components: Components): z.core.JSONSchema.JSONSchema {
  const converted = z.toJSONSchema(schema, { target: "draft-2020-12", io, unrepresentable: "throw" });
  const moved = JSON.stringify(converted).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $schema: _, $defs = {}, ...rest } = JSON.parse(moved) as z.core.JSONSchema.JSONSchema; // What was written a line above.
  for (const [name, part] of Object.entries($defs)) components.set(name, part);
  return rest;
}
