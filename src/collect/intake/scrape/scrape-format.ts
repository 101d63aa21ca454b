/**
 * Which formats a target is asked for, and which one it has answered in.
 * Sources: Prometheus 3 scrape/scrape.go, `acceptHeader`; model/textparse/interface.go, `New`; config/config.go, ScrapeProtocolsHeaders.
 */
import type { ScrapeProtocol } from "../../../core/config-scrape.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import type { ScrapeJob } from "./job.ts";

export type ScrapeFormat = "text" | "openmetrics" | "protobuf";

const mediaTypes: Readonly<
  Record<ScrapeProtocol, { readonly header: string; readonly format: ScrapeFormat; readonly escapes: boolean }>
> = {
  PrometheusProto: {
    header: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    format: "protobuf",
    escapes: true,
  },
  "OpenMetricsText1.0.0": { header: "application/openmetrics-text;version=1.0.0", format: "openmetrics", escapes: true },
  "OpenMetricsText0.0.1": { header: "application/openmetrics-text;version=0.0.1", format: "openmetrics", escapes: false },
  "PrometheusText1.0.0": { header: "text/plain;version=1.0.0", format: "text", escapes: true },
  "PrometheusText0.0.4": { header: "text/plain;version=0.0.4", format: "text", escapes: false },
};

/** Highest weight, tenths: one more than there are formats. */
const weightMax = Object.keys(mediaTypes).length + 1;

/** The `Accept` header of a job's requests. */
export function acceptHeader({ protocols, escaping }: ScrapeJob): string {
  const wanted = protocols.map((protocol, index) => {
    const { header, escapes } = mediaTypes[protocol];
    return `${header}${escapes ? `;escaping=${escaping}` : ""};q=0.${weightMax - index}`;
  });
  return [...wanted, `*/*;q=0.${weightMax - protocols.length}`].join(",");
}

/** The format of an answer. Throws `SCRAPE_FAILED` for one that is none of these, where the job does not say what to take it for. */
export function formatOf(contentType: string, job: ScrapeJob): ScrapeFormat {
  const [type = ""] = contentType.split(";", 1);
  switch (type.trim().toLowerCase()) {
    case "application/openmetrics-text":
      return "openmetrics";
    case "application/vnd.google.protobuf":
      return "protobuf";
    case "text/plain":
      return "text";
    default: {
      const fallback = job.config.fallback_scrape_protocol;
      if (fallback !== undefined) return mediaTypes[fallback].format;
      const shown = contentType === "" ? "no Content-Type" : `the Content-Type ${JSON.stringify(contentType.slice(0, 100))}`;
      throw new ChainPulseError("SCRAPE_FAILED", `the answer has ${shown}, which is no format of metrics`, {
        fix: "Is this the address of metrics? Where it is, set fallback_scrape_protocol.",
      });
    }
  }
}
