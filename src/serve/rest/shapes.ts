/** Schemas of what several routes answer; each follows the `core` type of the same name. An `id` makes it a component of OpenAPI. */
import { z } from "zod";
import { absenceReasons } from "../../core/absence.ts";
import { annotationKinds } from "../../core/annotation.ts";
import { checkStatuses } from "../../core/check.ts";
import { ChainPulseError } from "../../core/errors.ts";
import { isKnownNode } from "../fleet/fleet-nodes.ts";
import type { Services } from "../services.ts";

/** The keys of a table as the members of an enum. */
const reasons = z.literal(Object.keys(absenceReasons));

export const absence = z
  .object({ reason: reasons, detail: z.string(), fix: z.string().optional() })
  .meta({ id: "Absence", description: "Why there is no value." });

export const annotation = z
  .object({
    timestampMs: z.number(),
    endMs: z.number().optional(),
    kind: z.enum(annotationKinds),
    title: z.string(),
    text: z.string().optional(),
    node: z.string(),
  })
  .meta({ id: "Annotation" });

export const checkResult = z
  .object({
    id: z.string(),
    title: z.string(),
    node: z.string(),
    status: z.enum(checkStatuses),
    timestampMs: z.number(),
    sinceMs: z.number(),
    value: z.number().nullable(),
    message: z.string(),
    action: z.string().nullable(),
    reason: reasons.nullable(),
  })
  .meta({ id: "CheckResult" });

export const finding = z
  .object({
    id: z.string(),
    kind: z.string(),
    severity: z.enum(["info", "warning", "critical"]),
    node: z.string(),
    startMs: z.number(),
    endMs: z.number().nullable(),
    sentence: z.string(),
    action: z.string().nullable(),
    evidence: z.array(z.object({ expr: z.string(), value: z.number().nullable() })),
    confidence: z.object({ value: z.number(), meaning: z.string() }).nullable(),
  })
  .meta({ id: "Finding" });

export const labels = z.record(z.string(), z.string());

export const nodeParams = z.object({ nodeId: z.string().min(1).max(128) });

export const tag = "Node performance";

/** Errors: `NODE_NOT_FOUND`. */
export function requireNode(services: Services, nodeId: string): void {
  if (isKnownNode(services, nodeId)) return;
  throw new ChainPulseError("NODE_NOT_FOUND", `no node ${JSON.stringify(nodeId)} reports here`, {
    fix: `Known ids: ${knownNodeIds(services).join(", ")}.`,
  });
}

/** For an error's message, so not more than a person reads. */
export function knownNodeIds(services: Services): readonly string[] {
  return [services.nodeId, ...services.agents.list().map(({ node }) => node)].slice(0, knownIdsMax);
}

const knownIdsMax = 20;
