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
  const span =
    store.oldestMs === null || store.newestMs === null
      ? "nothing yet"
      : `${spanText(store.newestMs - store.oldestMs)}, from ${dateTime(store.oldestMs, zone.value)}`;
  return (
    <dl class="facts">
      <dt>History</dt>
      <dd>{span}</dd>
      <dt>Size on disk</dt>
      <dd>
        {quantityText(store.bytes, "bytes")} in {store.partitions} partitions
      </dd>
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
  );
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
