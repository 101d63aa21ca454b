/**
 * As much of a browser as the page's data needs, for tests of what it asks for and takes. Import it first: modules read the address when they
 * are loaded. Nothing is answered but what the test answers.
 */
import { setImmediate } from "node:timers/promises";

/** A request that is on its way. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  /** Answers it, and lets all follow that follows without a further answer. */
  answer(body: unknown, status?: number): Promise<void>;
  /** As when the server is gone. */
  drop(): Promise<void>;
}

const waiting: Asked[] = [];
const sources: TestEventSource[] = [];

/** Takes the requests that were made since the last call, of all or of an address that ends so. */
export async function takeAsked(end = ""): Promise<readonly Asked[]> {
  await setImmediate();
  const taken = waiting.filter(({ url }) => url.endsWith(end));
  waiting.splice(0, waiting.length, ...waiting.filter((one) => !taken.includes(one)));
  return taken;
}

/** Sends an event on the newest stream. */
export async function sendEvent(event: string, data: unknown): Promise<void> {
  sources.at(-1)?.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
  await setImmediate();
}

class TestEventSource extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 1;

  constructor() {
    super();
    sources.push(this);
  }

  close(): void {
    this.readyState = TestEventSource.CLOSED;
  }
}

const place = { pathname: "/", search: "", origin: "http://test" };

/** Only the members that are used; the types are those of a whole browser. */
Object.assign(globalThis, {
  location: place,
  history: {
    pushState(_: unknown, __: string, href: string) {
      const { pathname, search } = new URL(href, place.origin);
      Object.assign(place, { pathname, search });
    },
  },
  matchMedia: () => new EventTarget(),
  document: Object.assign(new EventTarget(), { visibilityState: "visible" }),
  EventSource: TestEventSource,
  fetch: (url: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      const settle = async (act: () => void): Promise<void> => {
        act();
        // One turn for the answer's body, one for what is made of it.
        await setImmediate();
        await setImmediate();
      };
      init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      waiting.push({
        method: init.method ?? "GET",
        url,
        body: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
        answer: (body, status = 200) =>
          settle(() => resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }))),
        drop: () => settle(() => reject(new TypeError("fetch failed"))),
      });
    }),
});
Object.defineProperty(globalThis, "localStorage", {
  value: { getItem: () => null, setItem: () => undefined },
  configurable: true,
});
