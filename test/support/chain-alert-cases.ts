/** For each alert of the chain, series on which it fires, and what it then says. */
import { chainClient, chainSeries, diskWithFree, hour, inGroup, sevenHours } from "./chain-series.ts";

/** As `chainSeries`, for four hours. */
const long = "x960";
const lodestar = chainClient("lodestar", "consensus", "validator");
const geth = chainClient("geth", "execution", "rpc");

function duties(duty: string, done: number, missed: number): readonly string[] {
  return chainSeries(
    `duties_total{lodestar${inGroup},duty="${duty}",duty_outcome="done"} 0+${done}${long}`,
    `duties_total{lodestar${inGroup},duty="${duty}",duty_outcome="missed"} 0+${missed}${long}`,
  );
}

export const chainAlertCases: Readonly<Record<string, { readonly lines: readonly string[]; readonly summary: string }>> = {
  ChainClientDown: {
    lines: chainSeries(`client_up{anvil,simulated="true"} 0${hour}`),
    summary: "anvil (simulated) does not answer.",
  },
  ChainClientRestartsOften: {
    lines: chainSeries("client_up{geth} 1x20 0x4 1x20 0x4 1x20 0x4 1x800"),
    summary: "geth was restarted or went away 3 times in an hour.",
  },
  ChainRpcFails: {
    lines: chainSeries(
      `rpc_failures_total{geth,error_type="timeout"} 0+3${hour}`,
      `rpc_requests_total{geth,rpc_method="eth_blockNumber"} 0+4${hour}`,
    ),
    summary: "75% of the requests to geth fail.",
  },
  ChainHeadStalled: {
    lines: [
      lodestar,
      ...chainSeries(
        `block_number{lodestar,block_tag="head"} 100${hour}`,
        `block_interval_seconds{lodestar} 12${hour}`,
        "head_age_seconds{lodestar} 6x40 72x200",
      ),
    ],
    summary: "The head of lodestar has not moved for 6 times as long as usual.",
  },
  ChainLagGrowing: {
    lines: chainSeries("sync_lag{geth} 0x40 5x10 9x200"),
    summary: "geth falls behind its network: 5 blocks or slots so far.",
  },
  ChainValidatorBehind: {
    lines: [lodestar, ...chainSeries(`sync_lag{lodestar} 9${hour}`)],
    summary: "lodestar, which validates, is 9 slots behind.",
  },
  ChainFinalityDelayed: {
    lines: chainSeries(`epoch{lodestar,epoch_tag="current"} 104${hour}`, `epoch{lodestar,epoch_tag="finalized"} 100${hour}`),
    summary: "lodestar has seen nothing finalised for 4 epochs or blocks.",
  },
  ChainReorgDeep: {
    lines: chainSeries("reorgs_total{geth} 0x40 1x200", `reorg_depth{geth} 3${hour}`),
    summary: "geth took 3 blocks back.",
  },
  ChainBlockInvalid: {
    lines: chainSeries("blocks_invalid_total{geth} 0x40 1x200"),
    summary: "geth found 1 blocks invalid within ten minutes.",
  },
  ChainBlockProcessingSlow: {
    lines: [geth, ...chainSeries(`block_processing_last_seconds{geth,block_phase="total"} 2${hour}`)],
    summary: "geth takes 2s for a block.",
  },
  ChainBlocksLate: {
    lines: [lodestar, ...chainSeries(`block_arrival_seconds{lodestar} 5${hour}`)],
    summary: "One of 20 blocks reaches lodestar later than 5s after the start of its slot.",
  },
  ChainPeersFalling: {
    lines: chainSeries(`peers{geth,peer_direction="outbound"} 50x200 10x40`),
    summary: "geth has only 23.21% of the peers that it had.",
  },
  ChainPeersLow: {
    lines: chainSeries(`peers{geth,peer_direction="outbound"} 2${hour}`),
    summary: "geth has 2 peers.",
  },
  ChainPeersGone: {
    lines: chainSeries(`peers{litecoind,simulated="true",peer_direction="inbound"} 0${hour}`),
    summary: "litecoind (simulated) has no peer.",
  },
  ChainMempoolNearLimit: {
    lines: chainSeries(`mempool_size_bytes{bitcoind} 270${hour}`, `mempool_size_limit_bytes{bitcoind} 300${hour}`),
    summary: "The mempool of bitcoind is 90% full.",
  },
  ChainEngineUnreachable: {
    lines: chainSeries(`engine_up{lodestar} 0${hour}`),
    summary: "lodestar does not reach its execution client.",
  },
  ChainHeadUnverified: {
    lines: chainSeries(`optimistic{lodestar} 1${hour}`),
    summary: "The head of lodestar is not verified by an execution client: its validators wait.",
  },
  ChainDatabaseOutgrowsDisk: {
    lines: [
      ...diskWithFree(`720000${sevenHours}`),
      ...chainSeries(`database_size_bytes{geth,database_part="all"} 0+25${sevenHours}`),
    ],
    summary: "The database of geth has room for 5 days at most.",
  },
  ChainDiskFilling: {
    lines: [...diskWithFree(`360000-25${sevenHours}`), ...chainSeries(`client_up{geth} 1${sevenHours}`)],
    summary: "/data will be full in 2.438 days.",
  },
  ChainProposalAtRisk: {
    lines: chainSeries(`proposal_next_seconds{lodestar${inGroup}} 900${hour}`, `engine_up{lodestar} 0${hour}`),
    summary: "A validator of group own proposes a block in 15m 0s, and lodestar is not fit for it.",
  },
  ChainProposalSoon: {
    lines: chainSeries(`proposal_next_seconds{lodestar${inGroup}} 540${hour}`),
    summary: "A validator of group own proposes a block in 9m 0s.",
  },
  ChainBeaconNotReady: {
    lines: chainSeries(`validator_beacon_ready{vc} 0${hour}`),
    summary: "The beacon node of vc is not ready.",
  },
  ChainSignatureRefused: {
    lines: chainSeries("validator_sign_failures_total{vc} 0x40 2x200"),
    summary: "vc could not make, or refused, 2 signatures within ten minutes.",
  },
  ChainAttestationsMissed: {
    lines: chainSeries(
      `attestation_misses_in_row{lodestar${inGroup}} 2${hour}`,
      `participation_ratio{lodestar,attestation_vote="any"} 0.99${hour}`,
    ),
    summary: "A validator of group own has missed 2 attestations in a row.",
  },
  ChainAttestationsFew: {
    lines: duties("attestation", 9, 1),
    summary: "Only 90% of the attestations of group own were included in six hours.",
  },
  ChainProposalMissed: {
    lines: chainSeries(`duties_total{lodestar${inGroup},duty="proposal",duty_outcome="orphaned"} 0x40 1x200`),
    summary: "Group own missed or lost 1 proposals within an hour.",
  },
  ChainSyncCommitteeFails: {
    lines: duties("sync_committee", 4, 1),
    summary: "Only 80% of the sync committee messages of group own were included.",
  },
  ChainBalanceFalling: {
    lines: chainSeries(`validator_balance{lodestar${inGroup},validator="7"} 32x20 31.9x20 31.8x20 31.7x200`),
    summary: "1 validators of group own lose balance epoch by epoch.",
  },
  ChainValidatorSlashed: {
    lines: chainSeries(`validators{lodestar${inGroup},validator_status="active_slashed"} 2${hour}`),
    summary: "2 validators of group own were slashed.",
  },
  ChainNetworkParticipationLow: {
    lines: chainSeries(`participation_ratio{lodestar,attestation_vote="any"} 0.6${hour}`),
    summary: "Only 60% of the whole network attests, as lodestar sees it: this is no fault of this node alone.",
  },
};

/** An hour of a validator on a good day, which has its small mishaps, and of an archive node that catches up with its chain. */
export const healthyChain: readonly string[] = [
  lodestar,
  chainClient("reth", "execution", "archive"),
  ...diskWithFree(`1000000000-1${sevenHours}`),
  ...chainSeries(
    `client_up{lodestar} 1${hour}`,
    `block_number{lodestar,block_tag="head"} 1000+1${hour}`,
    // A slot without a block, and a head that was late once.
    "block_interval_seconds{lodestar} 12x100 24x1 12x140",
    "head_age_seconds{lodestar} 6x100 20x1 6x140",
    "block_arrival_seconds{lodestar} 1.5x100 6x1 1.5x140",
    "sync_lag{lodestar} 0x100 3x2 0x140",
    `syncing{lodestar} 0${hour}`,
    `optimistic{lodestar} 0${hour}`,
    `engine_up{lodestar} 1${hour}`,
    `epoch{lodestar,epoch_tag="current"} 103${hour}`,
    `epoch{lodestar,epoch_tag="finalized"} 100${hour}`,
    "reorgs_total{lodestar} 0x100 1x140",
    `reorg_depth{lodestar} 1${hour}`,
    `block_processing_last_seconds{lodestar,block_phase="total"} 0.3${hour}`,
    'peers{lodestar,peer_direction="outbound"} 50x100 40x60 48x80',
    `rpc_requests_total{lodestar,rpc_method="events"} 0+15${hour}`,
    'rpc_failures_total{lodestar,error_type="timeout"} 0x100 1x140',
    // One attestation of a hundred, one withdrawal.
    `duties_total{lodestar${inGroup},duty="attestation",duty_outcome="done"} 0+1${hour}`,
    `duties_total{lodestar${inGroup},duty="attestation",duty_outcome="missed"} 0x100 1x140`,
    `duties_total{lodestar${inGroup},duty="proposal",duty_outcome="done"} 0x100 1x140`,
    `attestation_misses_in_row{lodestar${inGroup}} 0x100 1x26 0x114`,
    `validator_balance{lodestar${inGroup},validator="7"} 32.1+0.00001x100 32x140`,
    `validators{lodestar${inGroup},validator_status="active_ongoing"} 1${hour}`,
    `participation_ratio{lodestar,attestation_vote="any"} 0.99${hour}`,
    `proposal_next_seconds{lodestar${inGroup}} 90000-15${hour}`,
    `client_up{reth} 1${hour}`,
    `syncing{reth} 1${hour}`,
    `sync_lag{reth} 500000-100${hour}`,
    `block_number{reth,block_tag="head"} 1000+100${hour}`,
    `block_interval_seconds{reth} 12${hour}`,
    `head_age_seconds{reth} 6000000-1200${hour}`,
    `mempool_transactions{reth,mempool_state="pending"} 0${hour}`,
    `mempool_transactions_limit{reth} 10000${hour}`,
    `peers{reth,peer_direction="outbound"} 20${hour}`,
  ),
];
