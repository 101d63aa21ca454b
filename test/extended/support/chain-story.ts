/**
 * What happens to three nodes in a line while they are watched, by the hand of the test, which writes down when: a thousand transactions, one of
 * which takes the place of another, a node that is stopped, a partition in which both sides go on, and a reorganisation after it.
 */
import { type LineName, lineNames, type LitecoinLine } from "./litecoin-line.ts";
import { type Coin, type Payment, signPayments, type Submission, submit, submitAll, usualFee } from "./submissions.ts";

/** By this process's clock, ms. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Story extends Stretch {
  /** All, in their order. */
  readonly submissions: readonly Submission[];
  /** C was stopped. */
  readonly stopped: Stretch;
  /** One took the place of the other, which no block ever had. */
  readonly replaced: Payment;
  readonly replacing: Payment;
  /** C was cut off, until it was connected again. */
  readonly cut: Stretch;
  /** It waited everywhere before, and came into C's own block first, and into one of A's after that. */
  readonly reincluded: Payment;
  readonly lonelyBlock: string;
  /** Submitted at A meanwhile. */
  readonly apart: Payment;
}

/** Coins that `tellStory` spends, for 1,000 transactions: two of them spend the same one. */
export const coinsOfStory = 999;
const plainCount = 996;
const perSecond = 25;
/** Transactions between two blocks. */
const blockEvery = 200;
/** In the middle between two blocks. */
const stopAt = { from: 450, to: 550 };

/** Those who watch the nodes, as far as the story waits for them: so it is the same on a machine that is busy. */
export interface Audience {
  /** Resolves when the transaction waits at all of the nodes, for all that they know. */
  sees(hash: string, nodes: readonly LineName[]): Promise<void>;
  /** Resolves when they know that C is apart. */
  knowsOfPartition(): Promise<void>;
}

/** `coins`: `coinsOfStory` of A's wallet. */
export async function tellStory(line: LitecoinLine, coins: readonly Coin[], audience: Audience): Promise<Story> {
  const { nodes, link } = line;
  const payments = await signPayments(nodes.a, coins, line.addresses.a);
  const [replaced, reincluded, apart] = payments.slice(plainCount);
  if (replaced === undefined || reincluded === undefined || apart === undefined) throw new Error("too few coins");
  const [replacing] = await signPayments(nodes.a, [replaced.coin], line.addresses.a, 10 * usualFee);
  if (replacing === undefined) throw new Error("nothing was signed");
  const fromMs = Date.now();
  let stoppedMs = 0;
  let resumedMs = 0;
  const blocks: Promise<unknown>[] = [];
  const submissions = [
    ...(await submitAll(nodes.a, payments.slice(0, plainCount), perSecond, (submitted) => {
      if (submitted % blockEvery === 0) blocks.push(line.mine("a", 1));
      if (submitted === stopAt.from) {
        nodes.c.signal("SIGSTOP");
        stoppedMs = Date.now();
      }
      if (submitted === stopAt.to) {
        resumedMs = Date.now();
        nodes.c.signal("SIGCONT");
      }
    })),
  ];
  await Promise.all(blocks);
  await line.mine("a", 1);
  await line.together(30);

  submissions.push(await submit(nodes.a, replaced));
  await audience.sees(replaced.hash, lineNames);
  submissions.push(await submit(nodes.a, replacing));
  await audience.sees(replacing.hash, lineNames);
  await line.mine("a", 1);
  await line.together(30);

  submissions.push(await submit(nodes.a, reincluded));
  await audience.sees(reincluded.hash, lineNames);
  link.cut();
  const cutMs = Date.now();
  submissions.push(await submit(nodes.a, apart));
  await audience.sees(apart.hash, ["a", "b"]);
  const [lonelyBlock = ""] = await line.mine("c", 1);
  await line.mine("a", 2);
  await audience.knowsOfPartition();
  link.heal();
  const healedMs = Date.now();
  await line.reconnect();
  await line.together(60);
  return {
    fromMs,
    toMs: Date.now(),
    submissions,
    stopped: { fromMs: stoppedMs, toMs: resumedMs },
    replaced,
    replacing,
    cut: { fromMs: cutMs, toMs: healedMs },
    reincluded,
    lonelyBlock,
    apart,
  };
}
