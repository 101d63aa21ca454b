import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { readCallFrames } from "./call-frames.ts";
import { openContractCounters } from "./contract-counters.ts";
import { type ContractUse, contractUses } from "./contract-use.ts";
import { contractMetrics } from "./metrics.ts";
import { replaySample } from "./replay-sample.ts";
import { reportUses } from "./report-uses.ts";
import { openSpaceSaving } from "./space-saving.ts";
import { readStorageAccess } from "./storage-access.ts";
import { openTraceBudget } from "./trace-budget.ts";

describe("counters", () => {
  const use = fc
    .record({ contract: fc.nat({ max: 30 }).map(String), gas: fc.integer({ min: 1, max: 1000 }), isOk: fc.boolean() })
    .map((one): ContractUse => ({ ...one, method: "0x00000000", hash: "" }));

  // When this fails, shares of gas by contract do not add up to the chain's, or a rate is negative when a contract enters or leaves the list.
  describe("counters by contract", () => {
    test("add up to the whole, are bounded, and never fall, whoever is shown", () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(use, { maxLength: 20 }), { maxLength: 20 }),
          fc.integer({ min: 1, max: 6 }),
          (blocks, shownMax) => {
            const client = recordClient();
            const counters = openContractCounters(client.context, shownMax);
            const highest = new Map<string, number>();
            let gas = 0;
            for (const uses of blocks) {
              reportUses(counters, uses);
              client.advance(12_000);
              gas += uses.reduce((sum, one) => sum + one.gas, 0);
              const now = client.values(contractMetrics.gas);
              assert.ok(Object.keys(now).length <= shownMax + 1);
              for (const [labels, value] of Object.entries(now)) {
                assert.ok(value >= (highest.get(labels) ?? 0), `${labels} fell to ${value}`);
                highest.set(labels, value);
              }
            }
            // Of those that are hidden now, what they had is not lost either: all that was ever shown is the whole.
            assert.equal(
              [...highest.values()].reduce((sum, value) => sum + value, 0),
              gas,
            );
          },
        ),
        { numRuns: 30 },
      );
    });

    test("show a contract by its name as soon as there is room, and the rest as other", () => {
      const client = recordClient();
      const counters = openContractCounters(client.context, 2);
      const of = (contract: string, gas: number, isOk: boolean | null = true): ContractUse => ({
        contract,
        method: "transfer(address,uint256)",
        hash: "",
        gas,
        isOk,
      });
      reportUses(counters, [of("0xa", 100), of("0xb", 50, false), of("0xc", 10, null)]);
      const label = (contract: string): string => `contract=${contract},contract.method=transfer(address,uint256)`;
      const otherLabel = "contract=other,contract.method=other";
      assert.deepEqual(client.values(contractMetrics.gas), { [label("0xa")]: 100, [label("0xb")]: 50, [otherLabel]: 10 });
      assert.deepEqual(client.values(contractMetrics.calls), {
        [`${label("0xa")},call.outcome=ok`]: 1,
        [`${label("0xb")},call.outcome=failed`]: 1,
        [`${otherLabel},call.outcome=unknown`]: 1,
      });
      // It takes a place once it is clearly heavier than the lightest there.
      reportUses(counters, [of("0xc", 60)]);
      assert.equal(client.values(contractMetrics.gas)[label("0xc")], undefined);
      reportUses(counters, [of("0xc", 60)]);
      assert.equal(client.values(contractMetrics.gas)[label("0xc")], 60);
      assert.equal(client.values(contractMetrics.gas)[label("0xb")], undefined);
      // And the one before goes on where it was when it comes back.
      reportUses(counters, [of("0xb", 400)]);
      assert.equal(client.values(contractMetrics.gas)[label("0xb")], 450);
    });
  });
});

describe("the heaviest", () => {
  const stream = fc.array(fc.tuple(fc.nat({ max: 20 }), fc.integer({ min: 1, max: 1000 })), { maxLength: 200 });

  // When this fails, a contract that takes most of a chain's gas can be missing from the list of the dearest ones.
  test("the sketch is off by no more than its share, and has every heavy key", () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 12 }), (additions, placesMax) => {
        const sketch = openSpaceSaving(placesMax);
        const exact = new Map<string, number>();
        let total = 0;
        for (const [number, weight] of additions) {
          sketch.add(String(number), weight);
          exact.set(String(number), (exact.get(String(number)) ?? 0) + weight);
          total += weight;
        }
        const heaviest = sketch.heaviest();
        assert.ok(heaviest.length <= placesMax);
        for (const { key, weight, error } of heaviest) {
          const truth = exact.get(key) ?? 0;
          assert.ok(truth <= weight && weight - error <= truth, `${key}: ${weight - error} ≤ ${truth} ≤ ${weight}`);
          assert.ok(error <= total / placesMax);
        }
        for (const [key, truth] of exact)
          if (truth > total / placesMax)
            assert.ok(
              heaviest.some((one) => one.key === key),
              `${key} is there`,
            );
        assert.deepEqual(
          heaviest,
          heaviest.toSorted((a, b) => b.weight - a.weight),
        );
      }),
    );
  });
});

describe("the budget of traces", () => {
  const step = fc.record({ waitMs: fc.nat({ max: 20_000 }), busyMs: fc.nat({ max: 5000 }) });

  // When this fails, tracing takes more of a validator's time than its operator has allowed.
  test("tracing takes no more than its share, but for the one trace that was under way", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.double({ min: 0, max: 0.5, noNaN: true }), (steps, share) => {
        const budget = openTraceBudget(share, 0);
        let nowMs = 0;
        let busyMs = 0;
        for (const { waitMs, busyMs: costMs } of steps) {
          nowMs += waitMs;
          if (!budget.mayTrace(nowMs)) continue;
          assert.ok(busyMs < share * nowMs, "only where something is left");
          budget.spend(costMs);
          busyMs += costMs;
          nowMs += costMs;
        }
      }),
    );
  });
});

describe("traces", () => {
  const address = (digit: string): string => `0x${digit.repeat(40)}`;
  const hash = (digit: string): string => `0x${digit.repeat(64)}`;
  const rootKey = { contract: address("a"), method: "0x00000001" };

  /** A call as `callTracer` writes it, and the gas of its own code. */
  interface Made {
    readonly frame: object;
    readonly gas: number;
    readonly own: readonly (readonly [contract: string, gas: number])[];
  }

  /** A tree of calls of at most that depth. */
  function callOf(depth: number): fc.Arbitrary<Made> {
    const calls: fc.Arbitrary<readonly Made[]> = depth === 0 ? fc.constant([]) : fc.array(callOf(depth - 1), { maxLength: 3 });
    return fc
      .record({
        type: fc.constantFrom("CALL", "STATICCALL", "DELEGATECALL", "CREATE2"),
        to: fc.constantFrom("b", "c", "d"),
        own: fc.nat({ max: 1000 }),
        calls,
      })
      .map((made): Made => {
        const gas = made.own + made.calls.reduce((sum, one) => sum + one.gas, 0);
        const frame = { type: made.type, to: address(made.to), input: "0x12345678", gasUsed: `0x${gas.toString(16)}` };
        const contract = made.type === "CREATE2" ? "new" : address(made.to);
        return {
          frame: { ...frame, calls: made.calls.map((one) => one.frame) },
          gas,
          own: [[contract, made.own], ...made.calls.flatMap((one) => one.own)],
        };
      });
  }

  function sums(entries: Iterable<readonly [string, number]>): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const [key, gas] of entries) if (gas > 0) found.set(key, (found.get(key) ?? 0) + gas);
    return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  // When this fails, gas is put down to the wrong contract, or the same gas to two of them.
  describe("gas of code in a tree of calls", () => {
    test("is each call's own, and all together is the transaction's", () => {
      fc.assert(
        fc.property(fc.array(callOf(3), { maxLength: 4 }), fc.nat({ max: 100_000 }), (calls, own) => {
          const gas = own + calls.reduce((sum, one) => sum + one.gas, 0);
          // The trace's word on the outermost call is not taken: anvil tells something else there.
          const root = { type: "CALL", to: address("a"), gasUsed: "0x1", calls: calls.map(({ frame }) => frame) };
          const frames = readCallFrames(root, rootKey, gas);
          assert.ok(frames !== null);
          const expected = sums([[address("a"), own], ...calls.flatMap((one) => one.own)]);
          assert.deepEqual(sums(frames.ownGas.map((one) => [one.contract, one.gas] as const)), expected);
        }),
      );
    });

    test("is nobody's where the tree cannot be: cost of a call below that of what it calls, no tree, one without end", () => {
      const child = {
        type: "CALL",
        to: address("b"),
        gasUsed: "0x5",
        calls: [{ type: "CALL", to: address("c"), gasUsed: "0x6" }],
      };
      assert.equal(readCallFrames({ type: "CALL", to: address("a"), calls: [child] }, rootKey, 100), null);
      fc.assert(
        fc.property(fc.jsonValue(), (value) => {
          const frames = readCallFrames(value, rootKey, 21_000);
          assert.ok(frames === null || (typeof value === "object" && value !== null && "type" in value));
        }),
      );
      let deep: object = { type: "CALL", to: address("b"), gasUsed: "0x1" };
      for (let depth = 0; depth < 20_000; depth++) deep = { type: "CALL", to: address("b"), gasUsed: "0x1", calls: [deep] };
      assert.equal(readCallFrames(deep, rootKey, 21_000), null);
    });

    test("comes with the method by which each contract's storage was entered, whoever's code ran on it", () => {
      const input = (selector: string): { readonly input: string } => ({ input: `${selector}${"0".repeat(64)}` });
      const root = {
        type: "CALL",
        to: address("a"),
        gasUsed: "0x100",
        calls: [
          { type: "DELEGATECALL", to: address("b"), gasUsed: "0x10", ...input("0xbbbbbbbb") },
          { type: "CALL", to: address("c"), gasUsed: "0x10", ...input("0xa9059cbb") },
          { type: "CALL", to: address("d"), gasUsed: "0x10", ...input("0xdddddddd") },
          { type: "STATICCALL", to: address("d"), gasUsed: "0x10", ...input("0xeeeeeeee") },
        ],
      };
      assert.deepEqual(
        readCallFrames(root, rootKey, 256)?.methods,
        new Map([
          [address("a"), "0x00000001"],
          [address("d"), "several"],
          [address("c"), "transfer(address,uint256)"],
        ]),
      );
    });
  });

  // When this fails, a contract is said to write where it only looks, or the other way round.
  test("slots of storage are read off both tracers, also those that are set from 0 or cleared", () => {
    const slot = (digit: string): string => hash(digit);
    const before = {
      [address("A")]: { balance: "0x0", storage: { [slot("1")]: hash("0"), [slot("2")]: hash("7"), [slot("3")]: hash("7") } },
      [address("b")]: { balance: "0x1" },
    };
    const difference = {
      pre: { [address("A")]: { storage: { [slot("2")]: hash("7") } }, [address("b")]: { balance: "0x1" } },
      post: { [address("a")]: { storage: { [slot("1")]: hash("5") } }, [address("b")]: { balance: "0x2" } },
    };
    assert.deepEqual(readStorageAccess(before, difference), {
      read: new Map([[address("a"), 3]]),
      write: new Map([[address("a"), 2]]),
    });
    for (const wrong of [null, [], "0x", { pre: {} }, { pre: [], post: {} }])
      assert.equal(readStorageAccess(before, wrong), null);
  });

  // When this fails, the time of other transactions is put down to a contract.
  test("a transaction is timed only where those before it in the block are small beside it", () => {
    const use = fc.record({ gas: fc.integer({ min: 1, max: 1_000_000 }), contract: fc.constantFrom("accounts", address("a")) });
    fc.assert(
      fc.property(fc.array(use, { maxLength: 20 }), (block) => {
        const uses = block.map((one, index): ContractUse => ({ ...one, method: "", hash: String(index), isOk: true }));
        const sample = replaySample(uses);
        assert.ok(sample.length <= 2);
        for (const { hash: index, gas, contract } of sample) {
          const before = uses.slice(0, Number(index)).reduce((sum, one) => sum + one.gas, 0);
          assert.ok(contract !== "accounts" && before <= gas / 10);
        }
        const [first] = uses;
        if (first !== undefined && first.contract !== "accounts") assert.equal(sample[0], first);
      }),
    );
  });

  // When this fails, a table of contracts has a line for each account that was ever paid.
  test("a transaction is put down to a contract's method, to new contracts, or to plain transfers", () => {
    const cases = [
      { to: null, input: "0x6014", gasUsed: 60_000, expected: ["new", "create"] },
      { to: address("b"), input: "0x", gasUsed: 21_000, expected: ["accounts", "transfer"] },
      { to: address("b"), input: "0x", gasUsed: 27_000, expected: [address("b"), "receive"] },
      { to: address("b"), input: "0x1234", gasUsed: 27_000, expected: [address("b"), "fallback"] },
      {
        to: address("b"),
        input: `0xA9059CBB${"0".repeat(128)}`,
        gasUsed: 50_000,
        expected: [address("b"), "transfer(address,uint256)"],
      },
      { to: address("b"), input: "0xdeadbeef", gasUsed: 50_000, expected: [address("b"), "0xdeadbeef"] },
    ];
    const transactions = cases.map(({ to, input }, nonce) => ({
      hash: hash(String(nonce)),
      from: address("f"),
      to,
      nonce,
      input,
    }));
    const receipts = cases.map(({ to, gasUsed }, nonce) => ({
      transactionHash: hash(String(nonce)),
      blockHash: hash("e"),
      from: address("f"),
      to,
      gasUsed,
      status: nonce % 2,
    }));
    const uses = contractUses(transactions, receipts);
    assert.deepEqual(
      uses.map(({ contract, method }) => [contract, method]),
      cases.map(({ expected }) => expected),
    );
    assert.deepEqual(
      uses.map(({ isOk }) => isOk),
      [false, true, false, true, false, true],
    );
  });
});
