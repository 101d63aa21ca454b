/**
 * Subscribing by JSON-RPC, without the connection: what is asked, what the answers mean, and whose a notification is.
 * Source: geth.ethereum.org/docs/interacting-with-geth/rpc/pubsub.
 */
import { AskFailure, errorOf, parsedJson } from "./json-rpc.ts";

export interface Subscription {
  /** `eth_subscribe`. */
  readonly method: string;
  /** `[["newHeads"]]`; where there are several, the next is asked for when the one before was refused. */
  readonly params: readonly [readonly unknown[], ...(readonly unknown[])[]];
  /** The server has taken the subscription. What happened before this is not told. */
  readonly onLive: () => void;
  /** One notification's result, as it came. Must not throw. */
  readonly onNotice: (result: unknown) => void;
  /** `refused`: the server will not, and is asked again on its next connection only. Anything else: the connection has ended. */
  readonly onLost: (failure: AskFailure) => void;
}

export interface Subscribing {
  ask(): void;
  areAnswered(): boolean;
  /** Reads an answer or a notification. `false`: it is neither. */
  take(text: string): boolean;
}

/** `send` sends one message; `onLive` is called when the server has taken one of them. */
export function subscribing(
  send: (message: string) => void,
  subscriptions: readonly Subscription[],
  onLive: () => void,
): Subscribing {
  const asked = new Map<number, { readonly subscription: Subscription; readonly choice: number }>();
  const taken = new Map<unknown, Subscription>();
  let nextId = 1;

  const ask = (subscription: Subscription, choice: number): void => {
    const id = nextId++;
    asked.set(id, { subscription, choice });
    const { method, params } = subscription;
    send(JSON.stringify({ jsonrpc: "2.0", id, method, params: params[choice] }));
  };
  const answer = (subscription: Subscription, choice: number, message: object): void => {
    if ("result" in message) {
      taken.set(message.result, subscription);
      onLive();
      subscription.onLive();
    } else if (choice + 1 < subscription.params.length) {
      ask(subscription, choice + 1);
    } else {
      const { code, message: text } = errorOf("error" in message ? message.error : null);
      subscription.onLost(new AskFailure("refused", `${subscription.method}: ${text}`, code === undefined ? {} : { code }));
    }
  };
  return {
    ask() {
      for (const subscription of subscriptions) ask(subscription, 0);
    },
    areAnswered: () => nextId > 1 && asked.size === 0,
    take(text) {
      const message = parsedJson(text);
      if (typeof message !== "object" || message === null) return false;
      if ("id" in message && typeof message.id === "number") {
        const question = asked.get(message.id);
        asked.delete(message.id);
        if (question !== undefined) answer(question.subscription, question.choice, message);
        return question !== undefined;
      }
      if (!("params" in message) || typeof message.params !== "object" || message.params === null) return false;
      const { params } = message;
      if (!("subscription" in params) || !("result" in params)) return false;
      // One that is not ours is nobody's: nothing was promised about it.
      taken.get(params.subscription)?.onNotice(params.result);
      return true;
    },
  };
}
