/**
 * Lodestar's validator client. Its delays are told against a third of the slot, so that an early message makes a histogram's sum fall:
 * they are means, never counters. Captured: Lodestar 1.5.1. Source: lodestar packages/validator/src/metrics.ts.
 */
import { consensusMetrics as v } from "../../consensus/metrics.ts";
import { type Dialect, rule, sum } from "../dialect.ts";
import { nodejsRules } from "./runtime.ts";

export const lodestarValidatorDialect: Dialect = {
  title: "Lodestar validator's metrics",
  identity: {
    version: { name: "lodestar_version", label: "version" },
    network: { name: "lodestar_version", label: "network" },
  },
  rules: [
    rule(v.published, { duty: "attestation" }, sum("vc_published_attestations_total")),
    rule(v.published, { duty: "proposal" }, sum("vc_block_published_total")),
    rule(v.published, { duty: "sync_committee" }, sum("vc_published_sync_committee_message_total")),
    rule(v.publishDelay, { duty: "attestation" }, { kind: "mean", of: "vc_attester_step_call_publish_attestation_seconds" }),
    rule(v.publishDelay, { duty: "proposal" }, { kind: "mean", of: "vc_proposer_step_call_publish_block_seconds" }),
    rule(
      v.publishDelay,
      { duty: "sync_committee" },
      { kind: "mean", of: "vc_sync_committee_step_call_publish_message_seconds" },
    ),
    rule(
      v.signFailures,
      {},
      sum(
        "vc_sign_errors_total",
        "vc_remote_sign_errors_total",
        "vc_slashing_protection_block_errors_total",
        "vc_slashing_protection_attestation_errors_total",
      ),
    ),
    // READY is 0; 3 is unknown and counts as not ready.
    rule(v.beaconReady, {}, { kind: "flag", of: "vc_beacon_health", is: [0] }),
    ...nodejsRules,
  ],
};
