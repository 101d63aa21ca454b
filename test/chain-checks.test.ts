/** The chain's health checks: each says what is wrong on samples on which it is, and nothing on samples on which it is not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ReportedAbsence } from "../src/core/absence.ts";
import { overallStatus, severityOf } from "../src/core/check.ts";
import { chain } from "../src/domains/chain/index.ts";
import { machineMetrics } from "../src/domains/chain/machine/metrics.ts";
import { host } from "../src/domains/host/index.ts";
import { judge } from "./support/judge-checks.ts";
import { chainClient, chainSeries, diskWithFree, hour, inGroup, sevenHours } from "./support/chain-series.ts";

const hourMs = 3_600_000;

interface Case {
  /** A sample each 15 s from 0 on. */
  readonly bad: readonly string[];
  readonly good: readonly string[];
  readonly status: "warning" | "critical";
  /** On `bad`, with the time since when left out. */
  readonly message: string;
  /** When it is judged; default: after an hour. */
  readonly atMs?: number;
}

const beacon = chainClient("lodestar", "consensus", "validator");
const geth = chainClient("geth", "execution", "rpc");
const networkOfAll = chainSeries(`participation_ratio{lodestar,attestation_vote="any"} 0.75${hour}`);

/** Attestations of which so many in ten are missed. */
function attestations(missed: number): readonly string[] {
  return chainSeries(
    `duties_total{lodestar${inGroup},duty="attestation",duty_outcome="done"} 0+${10 - missed}${hour}`,
    `duties_total{lodestar${inGroup},duty="attestation",duty_outcome="missed"} 0+${missed}${hour}`,
  );
}

const cases: Readonly<Record<string, Case>> = {
  "chain.client_up": {
    bad: chainSeries(`client_up{geth} 0${hour}`, `client_up{reth} 1${hour}`),
    good: chainSeries(`client_up{geth} 1${hour}`),
    status: "critical",
    message: "geth does not answer since ….",
  },
  "chain.client_restarts": {
    bad: chainSeries("process_start_time_seconds{geth} 1x60 2x60 3x60 4x60"),
    good: chainSeries(`process_start_time_seconds{geth} 1${hour}`, "client_up{reth} 1x60 0x2 1x200"),
    status: "warning",
    message: "geth was restarted or went away 3 times in an hour.",
  },
  "chain.rpc_latency": {
    bad: chainSeries(
      `rpc_time_seconds_total{geth,rpc_method="eth_blockNumber"} 0+30${hour}`,
      `rpc_requests_total{geth,rpc_method="eth_blockNumber"} 0+15${hour}`,
    ),
    // A trace takes long, and is no reason to worry.
    good: chainSeries(
      `rpc_time_seconds_total{geth,rpc_method="eth_blockNumber"} 0+0.1${hour}`,
      `rpc_requests_total{geth,rpc_method="eth_blockNumber"} 0+15${hour}`,
      `rpc_time_seconds_total{geth,rpc_method="debug_traceBlockByHash"} 0+60${hour}`,
      `rpc_requests_total{geth,rpc_method="debug_traceBlockByHash"} 0+15${hour}`,
    ),
    status: "warning",
    message: "geth takes 2 s to answer since ….",
  },
  "chain.rpc_failures": {
    bad: chainSeries(
      `rpc_failures_total{geth,error_type="timeout"} 0+3${hour}`,
      `rpc_failures_total{geth,error_type="garbage"} 0+1${hour}`,
      `rpc_requests_total{geth,rpc_method="eth_blockNumber"} 0+20${hour}`,
    ),
    good: chainSeries(`rpc_requests_total{geth,rpc_method="eth_blockNumber"} 0+20${hour}`),
    status: "warning",
    message: "20 % of the requests to geth fail since …; most failures: geth, timeout.",
  },
  "chain.rpc_served_errors": {
    bad: [
      geth,
      ...chainSeries(
        `rpc_served_total{geth,rpc_outcome="ok"} 0+4${hour}`,
        `rpc_served_total{geth,rpc_outcome="error"} 0+6${hour}`,
      ),
    ],
    good: [geth, ...chainSeries(`rpc_served_total{geth,rpc_outcome="ok"} 0+4${hour}`)],
    status: "critical",
    message: "geth answers 60 % of the requests with an error since ….",
  },
  "chain.rpc_served_latency": {
    bad: [
      geth,
      ...chainSeries(`rpc_served_time_seconds_total{geth} 0+6${hour}`, `rpc_served_total{geth,rpc_outcome="ok"} 0+3${hour}`),
    ],
    good: [
      geth,
      ...chainSeries(`rpc_served_time_seconds_total{geth} 0+0.1${hour}`, `rpc_served_total{geth,rpc_outcome="ok"} 0+3${hour}`),
    ],
    status: "warning",
    message: "Requests of geth's users take 2 s since ….",
  },
  "chain.p2p_port": {
    bad: chainSeries(`client_p2p_port_reachable{geth} 0${hour}`),
    good: chainSeries(`client_p2p_port_reachable{geth} 1${hour}`),
    status: "warning",
    message: "The P2P port of geth refuses connections since ….",
  },
  "chain.engine_link": {
    bad: chainSeries(`engine_up{lodestar} 0${hour}`),
    good: chainSeries(`engine_up{lodestar} 1${hour}`),
    status: "critical",
    message: "lodestar does not reach its execution client since ….",
  },
  "chain.engine_latency": {
    bad: chainSeries(
      `engine_time_seconds_total{lodestar,rpc_method="notifyNewPayload"} 0+5${hour}`,
      `engine_requests_total{lodestar,rpc_method="notifyNewPayload"} 0+1${hour}`,
    ),
    good: chainSeries(
      `engine_time_seconds_total{lodestar,rpc_method="notifyNewPayload"} 0+0.2${hour}`,
      `engine_requests_total{lodestar,rpc_method="notifyNewPayload"} 0+1${hour}`,
    ),
    status: "critical",
    message: "lodestar's slowest engine requests take 5 s since ….",
  },
  "chain.subscription": {
    bad: chainSeries(
      `block_interval_seconds{geth} 12${hour}`,
      `head_age_seconds{geth} 6${hour}`,
      `subscription_age_seconds{geth} 120${hour}`,
    ),
    // A head that stalls is another matter.
    good: chainSeries(
      `block_interval_seconds{geth} 12${hour}`,
      `head_age_seconds{geth} 600${hour}`,
      `subscription_age_seconds{geth} 600${hour}`,
      `block_interval_seconds{reth} 12${hour}`,
      `head_age_seconds{reth} 6${hour}`,
      `subscription_age_seconds{reth} 6${hour}`,
    ),
    status: "warning",
    message: "The subscription of geth has been silent for 10 times as long as usual, though blocks come.",
  },
  "chain.index_lag": {
    bad: chainSeries(`index_lag{bitcoind,index_name="txindex"} 100${hour}`),
    good: chainSeries(`index_lag{bitcoind,index_name="txindex"} 1${hour}`),
    status: "warning",
    message: "The index txindex of bitcoind is 100 blocks behind since ….",
  },
  "chain.optimistic": {
    bad: chainSeries(`optimistic{lodestar} 1${hour}`),
    good: chainSeries(`optimistic{lodestar} 0${hour}`),
    status: "critical",
    message: "The head of lodestar has not been verified by an execution client since ….",
  },
  "chain.sync_lag_validator": {
    bad: [beacon, ...chainSeries(`sync_lag{lodestar} 3${hour}`)],
    good: [beacon, ...chainSeries(`sync_lag{lodestar} 1${hour}`)],
    status: "warning",
    message: "lodestar is 3 blocks or slots behind its network since …; its validators vote for an old head.",
  },
  "chain.sync_lag": {
    bad: [geth, ...chainSeries(`sync_lag{geth} 100${hour}`)],
    good: [geth, ...chainSeries(`sync_lag{geth} 3${hour}`)],
    status: "critical",
    message: "geth is 100 blocks behind its network since ….",
  },
  "chain.syncing_validator": {
    bad: [beacon, ...chainSeries(`syncing{lodestar} 1${hour}`)],
    good: [beacon, ...chainSeries(`syncing{lodestar} 0${hour}`)],
    status: "critical",
    message: "lodestar is catching up since …, its validators rest.",
  },
  "chain.syncing": {
    bad: [geth, ...chainSeries(`syncing{geth} 1${hour}`)],
    good: [geth, ...chainSeries(`syncing{geth} 0${hour}`)],
    status: "warning",
    message: "geth is catching up since ….",
  },
  "chain.head_age": {
    bad: [
      beacon,
      ...chainSeries(`block_interval_seconds{lodestar} 12${hour}`, `head_age_seconds{lodestar} 60${hour}`),
      ...chainSeries(`block_number{lodestar,block_tag="head"} 100${hour}`),
    ],
    // Bitcoin's blocks are ten minutes apart, and sometimes an hour. What catches up has an old head, which moves.
    good: chainSeries(
      "block_interval_seconds{bitcoind} 600x100 3600x100 300x40",
      `head_age_seconds{bitcoind} 2400${hour}`,
      `peers{bitcoind,peer_direction="outbound"} 8${hour}`,
      `block_interval_seconds{reth} 12${hour}`,
      `head_age_seconds{reth} 6000000${hour}`,
      `block_number{reth,block_tag="head"} 1000+1${hour}`,
      `sync_lag{reth} 500000-1${hour}`,
      `peers{reth,peer_direction="outbound"} 8${hour}`,
    ),
    status: "warning",
    message: "The head of lodestar has not moved for 5 times as long as usual.",
  },
  "chain.finality_epochs": {
    bad: chainSeries(
      `epoch{lodestar,epoch_tag="current"} 106${hour}`,
      `epoch{lodestar,epoch_tag="finalized"} 100${hour}`,
      `participation_ratio{lodestar,attestation_vote="target"} 0.6${hour}`,
    ),
    good: chainSeries(`epoch{lodestar,epoch_tag="current"} 103${hour}`, `epoch{lodestar,epoch_tag="finalized"} 100${hour}`),
    status: "critical",
    message: "lodestar sees nothing finalised for 6 epochs; 60 % of all validators voted for the right target.",
  },
  "chain.finality_lag": {
    bad: [chainClient("polkadot", "substrate", "full"), ...chainSeries(`finality_distance{polkadot} 12${hour}`)],
    // Ethereum's distance is another one.
    good: [
      chainClient("polkadot", "substrate", "full"),
      geth,
      ...chainSeries(`finality_distance{polkadot} 3${hour}`, `finality_distance{geth} 80${hour}`),
    ],
    status: "critical",
    message: "The finalised block of polkadot is 12 behind its best since ….",
  },
  "chain.finality_moves": {
    bad: [
      geth,
      ...chainSeries(
        `block_number{geth,block_tag="head"} 1000+1${hour}`,
        `block_number{geth,block_tag="finalized"} 900${hour}`,
      ),
    ],
    good: [
      geth,
      ...chainSeries(
        `block_number{geth,block_tag="head"} 1000+1${hour}`,
        `block_number{geth,block_tag="finalized"} 900+1${hour}`,
      ),
    ],
    status: "warning",
    message: "The finalised block of geth has not moved for half an hour.",
  },
  "chain.reorg_depth": {
    bad: chainSeries("reorgs_total{geth} 0x220 1x20", `reorg_depth{geth} 7${hour}`),
    good: chainSeries(
      "reorgs_total{geth} 0x220 1x20",
      `reorg_depth{geth} 1${hour}`,
      `reorgs_total{reth} 1${hour}`,
      `reorg_depth{reth} 9${hour}`,
    ),
    status: "critical",
    message: "geth took 7 blocks back within ten minutes.",
  },
  "chain.invalid_blocks": {
    bad: chainSeries("blocks_invalid_total{geth} 0x220 1x20"),
    good: chainSeries(`blocks_invalid_total{geth} 1${hour}`),
    status: "warning",
    message: "geth found 1 blocks invalid within an hour.",
  },
  "chain.block_processing": {
    bad: [
      geth,
      ...chainSeries(
        `block_processing_time_seconds_total{geth,block_phase="total"} 0+2${hour}`,
        `block_processing_count_total{geth,block_phase="total"} 0+1${hour}`,
      ),
    ],
    // Geth keeps percentiles only: what it says of its last blocks is judged.
    good: [geth, ...chainSeries(`block_processing_last_seconds{geth,block_phase="total"} 0.2${hour}`)],
    status: "warning",
    message: "geth takes 2 s for a block since ….",
  },
  "chain.block_arrival": {
    bad: [beacon, ...chainSeries("block_arrival_seconds{lodestar} 1x200 5x40")],
    good: [beacon, ...chainSeries("block_arrival_seconds{lodestar} 1x238 5x1")],
    status: "warning",
    message: "One of 20 blocks reaches lodestar later than 5 s after the start of its slot.",
  },
  "chain.peers_validator": {
    bad: [
      beacon,
      ...chainSeries(`peers{lodestar,peer_direction="outbound"} 4${hour}`, `peers{lodestar,peer_direction="inbound"} 1${hour}`),
    ],
    good: [beacon, ...chainSeries(`peers{lodestar,peer_direction="outbound"} 40${hour}`)],
    status: "warning",
    message: "lodestar has 5 peers since ….",
  },
  "chain.peers": {
    bad: [geth, ...chainSeries(`peers{geth,peer_direction="outbound"} 0${hour}`)],
    // A simulated chain has as many as it was given.
    good: [
      geth,
      ...chainSeries(
        `peers{geth,peer_direction="outbound"} 10${hour}`,
        `peers{demo,simulated="true",peer_direction="inbound"} 1${hour}`,
      ),
    ],
    status: "critical",
    message: "geth has 0 peers since ….",
  },
  "chain.peers_inbound": {
    bad: [
      geth,
      ...chainSeries(`peers{geth,peer_direction="outbound"} 10${hour}`, `peers{geth,peer_direction="inbound"} 0${hour}`),
    ],
    good: [geth, ...chainSeries(`peers{geth,peer_direction="inbound"} 2${hour}`)],
    status: "warning",
    message: "No peer has connected to geth since ….",
  },
  "chain.peer_latency": {
    bad: chainSeries(
      `peer_latency_seconds{geth,chain_peer="a",latency_source="ping"} 0.5${hour}`,
      `peer_latency_seconds{geth,chain_peer="b",latency_source="ping"} 0.5${hour}`,
      `peer_latency_seconds{geth,chain_peer="c",latency_source="ping"} 0.01${hour}`,
    ),
    // The kernel's figure is the way alone.
    good: chainSeries(
      `peer_latency_seconds{geth,chain_peer="a",latency_source="ping"} 2${hour}`,
      `peer_latency_seconds{geth,chain_peer="a",latency_source="tcp"} 0.1${hour}`,
    ),
    status: "warning",
    message: "Half of geth's peers are more than 500 ms away since ….",
  },
  "chain.peer_loss": {
    bad: chainSeries(
      `peer_retransmit_ratio{geth,chain_peer="a"} 0.1${hour}`,
      `peer_retransmit_ratio{geth,chain_peer="b"} 0.02${hour}`,
    ),
    good: chainSeries(
      `peer_retransmit_ratio{geth,chain_peer="a"} 0.03${hour}`,
      `peer_retransmit_ratio{geth,chain_peer="b"} 0${hour}`,
    ),
    status: "critical",
    message: "6 % of what geth sends its peers is sent again since ….",
  },
  "chain.mempool_room": {
    bad: chainSeries(`mempool_size_bytes{bitcoind} 270${hour}`, `mempool_size_limit_bytes{bitcoind} 300${hour}`),
    good: chainSeries(
      `mempool_transactions{geth,mempool_state="pending"} 4000${hour}`,
      `mempool_transactions{geth,mempool_state="queued"} 100${hour}`,
      `mempool_transactions_limit{geth} 6144${hour}`,
    ),
    status: "warning",
    message: "The mempool of bitcoind is 90 % full since ….",
  },
  "chain.mempool_unbroadcast": {
    bad: chainSeries(`mempool_unbroadcast{bitcoind} 2${hour}`),
    good: chainSeries(`mempool_unbroadcast{bitcoind} 0${hour}`),
    status: "warning",
    message: "No peer has fetched 2 transactions of bitcoind's own users since ….",
  },
  "chain.attestations_in_row": {
    bad: [...chainSeries(`attestation_misses_in_row{lodestar${inGroup}} 2${hour}`), ...networkOfAll],
    good: chainSeries(`attestation_misses_in_row{lodestar${inGroup}} 1${hour}`),
    status: "critical",
    message: "A validator of group own has missed 2 attestations in a row; of all validators of the network 75 % attested.",
  },
  "chain.attestation_success": {
    bad: attestations(1),
    good: chainSeries(`duties_total{lodestar${inGroup},duty="attestation",duty_outcome="done"} 0+1${hour}`),
    status: "warning",
    message: "90 % of the attestations of group own were included in the last hour.",
  },
  "chain.attestation_votes": {
    bad: chainSeries(
      `attestation_votes_total{lodestar${inGroup},attestation_vote="head",vote_outcome="right"} 0+4${hour}`,
      `attestation_votes_total{lodestar${inGroup},attestation_vote="head",vote_outcome="wrong"} 0+1${hour}`,
    ),
    good: chainSeries(
      `attestation_votes_total{lodestar${inGroup},attestation_vote="head",vote_outcome="right"} 0+4${hour}`,
      `attestation_votes_total{lodestar${inGroup},attestation_vote="source",vote_outcome="wrong"} 0+4${hour}`,
    ),
    status: "warning",
    message: "80 % of the attestations of group own voted for the right head in the last hour.",
  },
  "chain.inclusion_distance": {
    bad: [...attestations(0), ...chainSeries(`attestation_inclusion_distance_total{lodestar${inGroup}} 0+20${hour}`)],
    good: [...attestations(0), ...chainSeries(`attestation_inclusion_distance_total{lodestar${inGroup}} 0+11${hour}`)],
    status: "warning",
    message: "The attestations of group own are included after 2 slots.",
  },
  "chain.proposals_missed": {
    bad: chainSeries(
      `duties_total{lodestar${inGroup},duty="proposal",duty_outcome="orphaned"} 0x100 1x140`,
      `duties_total{lodestar${inGroup},duty="proposal",duty_outcome="missed"} 0x100 1x140`,
    ),
    good: chainSeries(
      `duties_total{lodestar${inGroup},duty="proposal",duty_outcome="done"} 0x100 1x140`,
      `duties_total{lodestar${inGroup},duty="proposal",duty_outcome="missed"} 3${hour}`,
    ),
    status: "warning",
    message: "2 proposals of group own were missed or lost within a day.",
  },
  "chain.beacon_ready": {
    bad: chainSeries(`validator_beacon_ready{vc} 0${hour}`),
    good: chainSeries(`validator_beacon_ready{vc} 1${hour}`),
    status: "critical",
    message: "The beacon node of vc is not ready since ….",
  },
  "chain.sign_failures": {
    bad: chainSeries("validator_sign_failures_total{vc} 0x200 2x40"),
    good: chainSeries(`validator_sign_failures_total{vc} 2${hour}`),
    status: "warning",
    message: "vc could not make, or refused, 2 signatures in the last hour.",
  },
  "chain.sync_committee": {
    bad: chainSeries(
      `duties_total{lodestar${inGroup},duty="sync_committee",duty_outcome="done"} 0+4${hour}`,
      `duties_total{lodestar${inGroup},duty="sync_committee",duty_outcome="missed"} 0+1${hour}`,
    ),
    good: chainSeries(`duties_total{lodestar${inGroup},duty="sync_committee",duty_outcome="done"} 0+4${hour}`),
    status: "warning",
    message: "80 % of the sync committee messages of group own were included in the last hour.",
  },
  "chain.participation": {
    bad: chainSeries(`participation_ratio{lodestar,attestation_vote="target"} 0.5${hour}`),
    good: chainSeries(`participation_ratio{lodestar,attestation_vote="target"} 0.99${hour}`),
    status: "critical",
    message: "Only 50 % of the whole network's attestations, as lodestar sees it, are right.",
  },
  "chain.validators_losing": {
    bad: chainSeries(
      `validator_balance{lodestar${inGroup},validator="7"} 32x130 31.9x30 31.8x30 31.7x50`,
      `validator_balance{lodestar${inGroup},validator="8"} 32+0.1${hour}`,
    ),
    // A withdrawal is one step.
    good: chainSeries(`validator_balance{lodestar${inGroup},validator="7"} 33x150 32x90`),
    status: "critical",
    message: "1 validators of group own lose balance epoch by epoch.",
  },
  "chain.slashed": {
    bad: chainSeries(`validators{lodestar${inGroup},validator_status="active_slashed"} 1${hour}`),
    good: chainSeries(
      `validators{lodestar${inGroup},validator_status="active_ongoing"} 8${hour}`,
      `validators{lodestar${inGroup},validator_status="exited_slashed"} 0${hour}`,
    ),
    status: "critical",
    message: "1 validators of group own were slashed.",
  },
  "chain.database_runway": {
    // 100 bytes a minute, of 1,000,000.
    bad: [
      ...diskWithFree(`1000000${sevenHours}`),
      ...chainSeries(`database_size_bytes{geth,database_part="all"} 0+25${sevenHours}`),
    ],
    good: [
      ...diskWithFree(`100000000${sevenHours}`),
      ...chainSeries(`database_size_bytes{geth,database_part="all"} 0+25${sevenHours}`),
    ],
    status: "warning",
    message: "The database of geth has room for 6.94 days at most, if it goes on growing as in the last six hours.",
    atMs: 7 * hourMs,
  },
  "chain.disk_runway": {
    bad: [...diskWithFree(`400000-25${sevenHours}`), ...chainSeries(`client_up{geth} 1${sevenHours}`)],
    good: [...diskWithFree(`4000000-25${sevenHours}`), ...chainSeries(`client_up{geth} 1${sevenHours}`)],
    status: "warning",
    message: "/data will be full in 2.49 days, if it goes on filling as in the last six hours.",
    atMs: 7 * hourMs,
  },
  "chain.validator_clock": {
    bad: [
      beacon,
      `chainpulse_host_clock_offset_seconds{node="n"} -0.2${hour}`,
      `chainpulse_host_clock_synchronised{node="n"} 1${hour}`,
    ],
    good: [
      beacon,
      `chainpulse_host_clock_offset_seconds{node="n"} -0.02${hour}`,
      `chainpulse_host_clock_synchronised{node="n"} 1${hour}`,
    ],
    status: "warning",
    message: "The clock of this validator is 200 ms off since ….",
  },
};

describe("each check of the chain", () => {
  it("has a case here", () => {
    assert.deepEqual(chain.checks.map(({ id }) => id).sort(), Object.keys(cases).sort());
  });

  for (const check of chain.checks) {
    it(`${check.id} fails on what it is for, and on nothing else`, async () => {
      // An operator would hear nothing of a fault, or of a fault where there is none, if this fails.
      const { bad, good, status, message, atMs = hourMs } = cases[check.id] ?? assert.fail("no case");
      const [failed] = await judge([check], bad, atMs);
      assert.equal(failed?.message.replace(/since \d{4}-\S+Z/, "since …"), message);
      assert.deepEqual([failed?.status, failed?.action], [status, check.action]);
      const [passed] = await judge([check], good, atMs);
      assert.equal(passed?.status, "ok");
      assert.doesNotMatch(passed?.message ?? "?", /\?|nothing to judge|if it lasts/);
    });
  }

  it("forecasts nothing half an hour after a start", async () => {
    // Each start, which fills caches and logs, would foretell a full disk.
    const young = [
      ...diskWithFree("400000-25x120"),
      ...chainSeries("client_up{geth} 1x120", 'database_size_bytes{geth,database_part="all"} 0+25x120'),
    ];
    const forecasts = chain.checks.filter(({ id }) => id.endsWith("_runway"));
    assert.deepEqual(
      (await judge(forecasts, young, hourMs / 2)).map(({ status, value }) => [status, value]),
      forecasts.map(() => ["ok", null]),
    );
  });

  it("names a simulated chain as one", async () => {
    // Somebody would worry about a chain that is made for show.
    const [result] = await judge(
      chain.checks.filter(({ id }) => id === "chain.client_up"),
      chainSeries(`client_up{anvil,simulated="true"} 0${hour}`),
      hourMs,
    );
    assert.match(result?.message ?? "", /^anvil \(simulated: true\) does not answer/);
  });
});

describe("a machine without a client", () => {
  const machine = [
    ...diskWithFree(`400000-25${sevenHours}`),
    `chainpulse_host_clock_offset_seconds{node="n"} 3${sevenHours}`,
    `chainpulse_host_clock_synchronised{node="n"} 1${sevenHours}`,
  ];
  const absence: ReportedAbsence = {
    collector: "chain.clients",
    source: "clients",
    metrics: Object.values(chain.metrics).map(({ name }) => name),
    sinceMs: 0,
    reason: "not_present",
    detail: "no client at the usual ports",
  };
  for (const absences of [[], [absence]]) {
    it(`hears nothing of chains, ${absences.length === 0 ? "whatever is reported" : "where it is said that there is none"}`, async () => {
      // Every host would show forty worries about a chain that it does not have, if this fails.
      const results = await judge(chain.checks, machine, 7 * hourMs, absences);
      assert.equal(results.length, chain.checks.length);
      assert.deepEqual(
        results.filter((result) => severityOf(result) > 0 || result.value !== null),
        [],
      );
      assert.equal(overallStatus(results), "ok");
    });
  }
});

describe("what the chain's checks read of the machine", () => {
  it("is what the host declares", () => {
    // They would ask for series that nobody writes, and be silent for ever.
    const declared = new Map(Object.values(host.metrics).map((metric) => [metric.name, metric]));
    for (const { name, kind, unit, help, labels, prometheusName } of Object.values(machineMetrics)) {
      const theirs = declared.get(name) ?? assert.fail(`the host has no ${name}`);
      const { kind: theirKind, unit: theirUnit, help: theirHelp, labels: theirLabels, prometheusName: theirName } = theirs;
      assert.deepEqual([kind, unit, help, labels, prometheusName], [theirKind, theirUnit, theirHelp, theirLabels, theirName]);
    }
  });
});
