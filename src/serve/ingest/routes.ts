/** Where Prometheus and whoever speaks its protocol sends samples to. */
import type { Route } from "../http/route.ts";
import { defineIngestRoute, textErrors } from "./ingest-route.ts";

export const ingestRoutes: readonly Route[] = [
  defineIngestRoute({
    path: "/api/v1/write",
    door: "remote_write",
    tag: "Ingest",
    summary: "Receives samples by Prometheus remote write 1.0 and 2.0.",
    contentTypes: ["application/x-protobuf"],
    answer: { status: 204, description: "Everything is stored, and on the disk." },
    errors: textErrors,
  }),
];
