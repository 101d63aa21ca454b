import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { effect } from "@preact/signals";
import { agoText } from "../format/time.ts";
import { clockOf, type Visibility } from "./page-clock.ts";

/** A tab that can be hidden, a time that goes on by hand, and the texts that stood on the page one after the other. */
function openTab(context: TestContext) {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const listeners = new EventTarget();
  let visibilityState: DocumentVisibilityState = "visible";
  let heard = 0;
  const page: Visibility = {
    get visibilityState() {
      return visibilityState;
    },
    addEventListener(type: string, listener: EventListenerOrEventListenerObject) {
      heard++;
      listeners.addEventListener(type, listener);
    },
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject) {
      heard--;
      listeners.removeEventListener(type, listener);
    },
  };
  const clock = clockOf(() => page);
  let nowMs = 0;
  return {
    /** Draws a text about the instant 0 as a component does; the returned function takes it away. */
    draw(texts: string[]): () => void {
      return effect(() => {
        void clock.value;
        texts.push(agoText(0, nowMs));
      });
    },
    pass(ms: number): void {
      nowMs += ms;
      context.mock.timers.tick(ms);
    },
    show(state: DocumentVisibilityState): void {
      visibilityState = state;
      listeners.dispatchEvent(new Event("visibilitychange"));
    },
    turns: () => clock.peek(),
    listeners: () => heard,
  };
}

test("a text about time goes on while it is seen", (context) => {
  // Wrong: who leaves the page open reads "for 3 min" of a problem that has lasted for an hour.
  const tab = openTab(context);
  const texts: string[] = [];
  const stop = tab.draw(texts);
  tab.pass(10_000);
  tab.pass(10_000);
  stop();
  assert.deepEqual(texts, ["now", "10 s ago", "20 s ago"]);
});

test("a hidden tab does nothing, and is right at once when it is seen again", (context) => {
  // Wrong: twenty tabs in the background keep a laptop awake, or one comes back to the texts of an hour ago.
  const tab = openTab(context);
  const texts: string[] = [];
  const stop = tab.draw(texts);
  tab.show("hidden");
  tab.pass(50_000);
  assert.deepEqual(texts, ["now"]);
  tab.show("visible");
  tab.pass(10_000);
  stop();
  assert.deepEqual(texts, ["now", "50 s ago", "1 min ago"]);
});

test("all texts share one timer, which ends with the last of them", (context) => {
  // Wrong: each row of a table has a timer of its own, or a page without such texts is woken up for nobody.
  const tab = openTab(context);
  const stops = [tab.draw([]), tab.draw([]), tab.draw([])];
  assert.equal(tab.listeners(), 1);
  tab.pass(10_000);
  assert.equal(tab.turns(), 1);
  for (const stop of stops) stop();
  tab.pass(60_000);
  assert.equal(tab.turns(), 1);
  assert.equal(tab.listeners(), 0);
  const again: string[] = [];
  const stop = tab.draw(again);
  tab.pass(10_000);
  stop();
  assert.deepEqual(again, ["1 min 10 s ago", "1 min 20 s ago"]);
});

/** A relative text made of `serverNow()`, which nothing makes again; arguments may hold one pair of parentheses. */
const frozen = /\b(?:agoText|spanText|openText|waitingOf)\((?:[^()]|\([^()]*\))*?\bserverNow\(\)/;

test("no page makes a relative text of a time that stands still", () => {
  // Wrong: a text of the page freezes as at its last answer, for as long as it is paused or the server does not answer.
  assert.match("agoText(change.timeMs, serverNow())", frozen);
  assert.match("spanText(serverNow() - (since ?? 0))", frozen);
  assert.doesNotMatch("agoText(change.timeMs, pageNow())", frozen);
  const files = globSync("{pages,parts}/**/*.tsx", { cwd: new URL("../", import.meta.url) });
  assert.ok(files.length > 50);
  const found = files.filter((file) => frozen.test(readFileSync(new URL(`../${file}`, import.meta.url), "utf8")));
  assert.deepEqual(found, []);
});
