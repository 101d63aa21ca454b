/**
 * The observers of all domains, for the thread that runs them: the whole domains would take 7 MB of its memory. `test/observers.test.ts` holds
 * this against the list of domains.
 */
import type { ObserverDeclaration } from "../core/observer.ts";
import { chainObserver } from "./chain/observer.ts";
import { tracingObserver } from "./tracing/observer.ts";

export const observers: readonly ObserverDeclaration[] = [chainObserver, tracingObserver];
