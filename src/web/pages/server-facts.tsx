/** Facts about the server: its configuration, its store, itself. */
import type { JSX } from "preact";
import type { ServerStatus } from "../data/contract.ts";
import { zone } from "../data/server.ts";
import { quantityText } from "../format/quantity.ts";
import { dateTime, spanText } from "../format/time.ts";

export function ConfigurationFacts({ server }: { readonly server: ServerStatus }): JSX.Element {
  return (
    <>
      <dl class="facts">
        <dt>File</dt>
        <dd>{server.configFile ?? "none; everything has its default"}</dd>
        <dt>Sampling interval</dt>
        <dd>{quantityText(server.samplingIntervalMs / 1000, "seconds")}</dd>
      </dl>
      {server.configError === null ? null : (
        <p class="error-text" role="alert">
          The file on disk is not valid, the last valid one is in force: {server.configError}
        </p>
      )}
      {server.configWarnings.length === 0 ? null : (
        <ul class="warnings">
          {server.configWarnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </>
  );
}

export function StoreFacts({ server }: { readonly server: ServerStatus }): JSX.Element {
  const { store } = server.collect;
  return (
    <>
      {store.state === "ok" ? null : (
        <p class="error-text" role="alert">
          The disk is full: samples are refused until there is room. {store.samplesRefused.toLocaleString("en")} are lost so
          far.
        </p>
      )}
      <BudgetBar store={store} />
      <dl class="facts">
        <dt>Every sample</dt>
        <dd>{spanOf(store.oldestMs, store.newestMs)}</dd>
        {store.tiers.map((tier) => [
          <dt key={`t${tier.stepMs}`}>Summaries per {tier.stepMs < hourMs ? "minute" : "hour"}</dt>,
          <dd key={`d${tier.stepMs}`}>
            {tier.builtToMs === null
              ? "from the first six hours on"
              : `${spanOf(tier.oldestMs, tier.builtToMs)}; ${quantityText(tier.bytes, "bytes")}`}
          </dd>,
        ])}
        <dt>Series</dt>
        <dd>{store.series.toLocaleString("en")}</dd>
        <dt>Samples since the start</dt>
        <dd>{store.samplesCommitted.toLocaleString("en")}</dd>
        {store.quarantined.length === 0
          ? null
          : [
              <dt key="t">Damaged, set aside</dt>,
              <dd key="d" class="error-text">
                {store.quarantined.join(", ")}
              </dd>,
            ]}
      </dl>
    </>
  );
}

const hourMs = 3_600_000;

/** How much of the disk budget is taken, and when all of it will be. */
function BudgetBar({ store }: { readonly store: ServerStatus["collect"]["store"] }): JSX.Element {
  const { bytes, maxBytes } = store;
  return (
    <div class="budget">
      <meter min={0} max={maxBytes} value={bytes} aria-label="Disk budget" />
      <p>
        {quantityText(bytes, "bytes")} of {quantityText(maxBytes, "bytes")}. {forecast(store)}
      </p>
    </div>
  );
}

function forecast({ fullAtMs, oldestMs, newestMs }: ServerStatus["collect"]["store"]): string {
  if ((newestMs ?? 0) - (oldestMs ?? 0) < hourMs) return "How fast it grows is known after an hour.";
  if (fullAtMs === null) return "At the growth of the last days it stays below that.";
  return `At the growth of the last days it is reached on ${dateTime(fullAtMs, zone.value)}; then the oldest samples go.`;
}

function spanOf(fromMs: number | null, toMs: number | null): string {
  if (fromMs === null || toMs === null) return "nothing yet";
  return `${spanText(toMs - fromMs)}, from ${dateTime(fromMs, zone.value)}`;
}

export function AboutFacts({ server }: { readonly server: ServerStatus }): JSX.Element {
  return (
    <dl class="facts">
      <dt>ChainPulse</dt>
      <dd>
        {server.version}, role {server.role}
      </dd>
      <dt>Node</dt>
      <dd>
        {server.node.id} ({server.node.type})
      </dd>
      <dt>Runs on</dt>
      <dd>
        {server.platform}, Node.js {server.nodeVersion}
      </dd>
      <dt>Started</dt>
      <dd>{dateTime(server.startedAtMs, zone.value)}</dd>
      <dt>Interfaces</dt>
      <dd>
        <a href="/metrics">Prometheus exposition</a>, <a href="/api/openapi.json">OpenAPI</a>,{" "}
        <a href="/graphql-explorer">GraphQL</a>
      </dd>
    </dl>
  );
}
