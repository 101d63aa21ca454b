/**
 * The configuration's shape: everything below `performance_monitoring` in the node's own YAML file, with its defaults.
 * `io/config-file.ts` reads it and turns schema errors into file, line, expectation and nearest key; `cli/config-reference.ts`
 * makes the reference page from the descriptions. `expected` says in words what a pattern cannot.
 */
import { z } from "zod";
import { listenSchema, portOf } from "./config-address.ts";
import { chainSchema } from "./config-chain.ts";
import { engineSchema, forwardingSchema, otlpExportSchema, remoteWriteSchema } from "./config-forward.ts";
import { hubSchema, tlsSchema } from "./config-hub.ts";
import { otlpSchema } from "./config-otlp.ts";
import { ingestSchema } from "./config-ingest.ts";
import { scrapeSchema } from "./config-scrape.ts";
import { credentials, labelName, path } from "./config-shapes.ts";
import { telemetrySchema } from "./config-telemetry.ts";
import { logLevels } from "./logger.ts";
import { nodeTypes } from "./node-type.ts";

/** The one top-level key of the file that is ours. */
export const configRootKey = "performance_monitoring";

const targetAddress = z
  .string()
  .refine((text) => portOf(text) > 0)
  .meta({ expected: "HOST:PORT, e.g. 10.0.0.2:30303", description: "Where to connect." });

const httpUrl = z
  .string()
  .max(2048)
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""))
  .meta({ expected: "an address, e.g. http://10.0.0.2:9093" });

/** Accepted now, read by a part that does not exist yet: `check-config` says so. */
const reserved = z.looseObject({}).optional().meta({ description: "Reserved: not built yet, ignored." });

/** Sections that are accepted and ignored, with a warning. */
export const reservedSections = ["ai", "gpu", "quantum"] as const;

const target = z.strictObject({
  name: z.string().min(1).max(128).optional().meta({ description: "Label value; default: the address." }),
  address: targetAddress,
});

/** How to reach a receiver of alerts. */
const receiver = {
  url: httpUrl.meta({ description: "Its address." }),
  timeout_ms: z.int().min(100).max(60_000).default(10_000).meta({ description: "For one request." }),
  ...credentials,
  certificate_file: path
    .optional()
    .meta({ description: "PEM file with its certificate, where the system does not know who signed it." }),
} as const;

export const configSchema = z.strictObject({
  enabled: z.boolean().default(true).meta({ description: "false stops collection; stored history is still served." }),
  sampling_interval_ms: z.int().min(200).max(60_000).default(1000).meta({ description: "Time between two ticks." }),
  retention_period_days: z.number().positive().max(3650).default(30).meta({ description: "Age at which samples are deleted." }),
  ai_optimization: z
    .strictObject({
      enabled: z.boolean().default(true).meta({ description: "Use the tuning model, once there is one." }),
      model_path: path.optional().meta({ description: "Path of the tuning model; a missing file is no error." }),
    })
    .prefault({}),
  quantum_monitoring: z
    .strictObject({
      enabled: z.boolean().default(true).meta({ description: "Collect the quantum metrics." }),
      simulation_metrics: z.boolean().default(true).meta({ description: "Include simulated sources, labelled as such." }),
    })
    .prefault({}),
  logging: z
    .strictObject({
      level: z.enum(logLevels).default("info").meta({ description: "Lines below this level are not written." }),
      output_dir: path.optional().meta({ description: "Directory of the JSON-lines log files; default: stderr only." }),
      max_file_bytes: z
        .int()
        .min(4096)
        .max(1_073_741_824)
        .default(10_485_760)
        .meta({ description: "Size at which a log file is rotated." }),
      max_files: z.int().min(1).max(1000).default(10).meta({ description: "Rotated files that are kept." }),
      max_age_days: z
        .number()
        .positive()
        .max(3650)
        .default(14)
        .meta({ description: "Age at which a log file is rotated and deleted." }),
    })
    .prefault({}),
  node: z
    .strictObject({
      id: z.string().min(1).max(128).optional().meta({ description: "Default: the host's name." }),
      type: z.enum(nodeTypes).default("other").meta({ description: "What the node does on its chain." }),
      labels: z
        .record(labelName, z.string().max(1024))
        .default({})
        .meta({ description: "Facts about the node, shown beside its id." }),
    })
    .prefault({}),
  server: z
    .strictObject({
      listen: listenSchema.default("127.0.0.1:9797").meta({ description: "Where HTTP is served." }),
      allow_remote: z.boolean().default(false).meta({ description: "Required, with auth, to listen beyond loopback." }),
      allowed_hosts: z
        .array(z.string().min(1))
        .max(256)
        .default([])
        .meta({ description: "Further names accepted in the Host header." }),
      tls: tlsSchema,
      auth: z
        .strictObject({
          required: z.boolean().default(false).meta({ description: "Ask for a token on loopback too." }),
          session_hours: z.number().positive().max(720).default(12).meta({ description: "Length of a dashboard session." }),
        })
        .prefault({}),
    })
    .prefault({}),
  storage: z
    .strictObject({
      engine: z
        .enum(["embedded", "prometheus"])
        .default("embedded")
        .meta({ description: "Where samples are kept: here, or in an engine that speaks remote write and PromQL." }),
      prometheus: engineSchema,
      data_dir: path.optional().meta({ description: "Default: $XDG_STATE_HOME/chainpulse, /var/lib/chainpulse for root." }),
      max_bytes: z.int().min(10_485_760).default(10_737_418_240).meta({ description: "Oldest data goes first beyond this." }),
      max_series: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(1_000_000)
        .meta({ description: "New series are refused beyond this." }),
      max_series_per_node: z
        .int()
        .min(1)
        .max(10_000_000)
        .default(100_000)
        .meta({ description: "New series of a node are refused while it writes so many." }),
      tiers: z
        .strictObject({
          minute_days: z
            .number()
            .positive()
            .max(36_500)
            .default(180)
            .meta({ description: "How long one-minute summaries are kept." }),
          hour_days: z
            .number()
            .positive()
            .max(36_500)
            .default(1_825)
            .meta({ description: "How long one-hour summaries are kept." }),
        })
        .prefault({}),
    })
    .refine((storage) => storage.engine !== "prometheus" || storage.prometheus !== undefined, {
      message: "engine: prometheus needs a section storage.prometheus with write_url and query_url",
    })
    .prefault({}),
  query: z
    .strictObject({
      experimental_functions: z
        .boolean()
        .default(false)
        .meta({ description: "Answer what Prometheus has behind feature flags: info(), fill, anchored, limit_ratio …" }),
    })
    .prefault({}),
  host: z
    .strictObject({
      proc_root: path.default("/proc").meta({ description: "Where the host's /proc is, in a container." }),
      sys_root: path.default("/sys").meta({ description: "Where the host's /sys is, in a container." }),
      processes: z
        .strictObject({
          top: z.int().min(0).max(1000).default(50).meta({ description: "Processes with series of their own." }),
          watch: z
            .array(z.string().min(1))
            .max(256)
            .default([])
            .meta({ description: "Names that always have their own series." }),
          command_lines: z.boolean().default(false).meta({ description: "Collect command lines; they can hold secrets." }),
        })
        .prefault({}),
      targets: z.array(target).max(64).default([]).meta({ description: "HOST:PORT whose TCP connect time is measured." }),
    })
    .prefault({}),
  chain: chainSchema,
  ai: reserved,
  gpu: reserved,
  quantum: reserved,
  scrape: scrapeSchema,
  ingest: ingestSchema,
  otlp: otlpSchema,
  telemetry: telemetrySchema,
  alerts: z
    .strictObject({
      rule_files: z.array(path).max(256).default([]).meta({
        description: "Prometheus rule files; relative paths begin at this file, and * stands for any part of a name.",
      }),
      evaluation_interval_ms: z
        .int()
        .min(1000)
        .max(3_600_000)
        .default(15_000)
        .meta({ description: "Time between two evaluations of a rule group that sets none itself." }),
      built_in: z.boolean().default(true).meta({ description: "Evaluate ChainPulse's own alert rules." }),
      external_labels: z
        .record(labelName, z.string().max(1024))
        .default({})
        .meta({ description: "Labels that every alert carries when it is sent." }),
      external_url: httpUrl.optional().meta({ description: "Where people reach this server; default: where it listens." }),
      resend_delay_ms: z
        .int()
        .min(1000)
        .max(86_400_000)
        .default(60_000)
        .meta({ description: "Time after which an alert that goes on firing is sent again." }),
      alertmanagers: z
        .array(z.strictObject(receiver))
        .max(16)
        .default([])
        .meta({ description: "Alertmanagers that get all alerts." }),
      webhooks: z
        .array(
          z.strictObject({
            ...receiver,
            name: z.string().min(1).max(128).default("webhook").meta({ description: "The receiver's name in messages." }),
            repeat_interval_ms: z
              .int()
              .min(1000)
              .default(14_400_000)
              .meta({ description: "Time after which a group of alerts that goes on firing is told again." }),
          }),
        )
        .max(16)
        .default([])
        .meta({ description: "Addresses that get all alerts in Alertmanager's webhook format." }),
    })
    .prefault({}),
  hub: hubSchema,
  remote_write: remoteWriteSchema,
  otlp_export: otlpExportSchema,
  forwarding: forwardingSchema,
});

export type Config = z.infer<typeof configSchema>;
