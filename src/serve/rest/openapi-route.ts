/** `/api/openapi.json`. */
import { defineRoute, type Route } from "../http/route.ts";

export const openapiRoute: Route = defineRoute({
  method: "GET",
  path: "/api/openapi.json",
  access: "read",
  tag: "This server",
  summary: "This API as an OpenAPI 3.1 document.",
  answer: { status: 200, contentType: "application/json", description: "OpenAPI 3.1" },
  handle: (context) => context.openApi(),
});
