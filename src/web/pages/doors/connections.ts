/** What others must be told, in their own words, to send here. The user guides under `docs/` say more. */

export interface Connection {
  readonly title: string;
  /** What is copied. */
  readonly what: string;
  readonly text: string;
  readonly note?: string;
}

interface Given {
  /** `http://127.0.0.1:9797` */
  readonly origin: string;
  /** Whether the server asks for tokens. */
  readonly withToken: boolean;
  /** The command that adds an agent. */
  readonly join: string;
}

export function connections({ origin, withToken, join }: Given): readonly Connection[] {
  // Made from our own address, so that the page's files name no other.
  const elsewhere = new URL("/api/v1/write", origin);
  elsewhere.host = "prometheus.example:9090";
  return [
    ...(withToken ? [token] : []),
    {
      title: "Prometheus, by remote write",
      what: "The settings for prometheus.yml",
      text: [
        "remote_write:",
        `  - url: ${origin}/api/v1/write`,
        "    send_exemplars: true",
        "    send_native_histograms: true",
        ...(withToken ? ["    authorization: { credentials_file: /etc/prometheus/chainpulse.token }"] : []),
      ].join("\n"),
    },
    {
      title: "OpenTelemetry SDKs, by OTLP over HTTP",
      what: "The environment of the program",
      text: [
        "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
        ...(withToken ? ['export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer $(cat ingest.token)"'] : []),
      ].join("\n"),
      note: "Metrics, traces and logs; there is no OTLP over gRPC.",
    },
    {
      title: "Another ChainPulse, as an agent",
      what: "The command to add a node",
      text: join,
      note: "Run it on this machine; it says what to run on the node.",
    },
    scraping,
    {
      title: "Sending on to Prometheus, Mimir, VictoriaMetrics",
      what: "The settings for ChainPulse",
      text: ["performance_monitoring:", "  remote_write:", `    - url: ${elsewhere.href}`].join("\n"),
    },
  ];
}

/** A job that scrapes one program. */
export const scraping: Connection = {
  title: "A program with /metrics, by scraping it",
  what: "The settings for ChainPulse",
  text: [
    "performance_monitoring:",
    "  scrape:",
    "    scrape_configs:",
    "      - job_name: my-program",
    "        scrape_interval: 15s",
    '        static_configs: [{ targets: ["127.0.0.1:8080"] }]',
  ].join("\n"),
  note: "In the words of Prometheus: its own scrape_configs work here.",
};

const token: Connection = {
  title: "A token for senders",
  what: "The command that makes a token",
  text: "chainpulse token create --name senders --scopes ingest > ingest.token",
  note: "Run it on this machine. The token is shown this once.",
};
