/** A running ChainPulse and a browser beside it, opened and closed together. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { launchBrowser, openPage, type PageOptions, type WatchedPage } from "./browser.ts";
import { startChainPulse, type RunningServer, type StartOptions } from "./server.ts";

export interface Dashboard {
  readonly server: RunningServer;
  readonly browser: Browser;
  readonly close: () => Promise<void>;
}

/** One after the other: when the browser does not open, the server does not stay behind. */
export async function openDashboard(options: StartOptions = {}): Promise<Dashboard> {
  const server = await startChainPulse(options);
  try {
    const browser = await launchBrowser();
    const close = async (): Promise<void> => {
      await browser.close();
      await server.stop();
    };
    return { server, browser, close };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Runs a test body on a fresh page; whatever the page did wrong, but for what the test provokes, fails it. */
export async function onPage(
  { browser, server }: Dashboard,
  path: string,
  options: PageOptions,
  body: (watched: WatchedPage) => Promise<void>,
  provoked: RegExp = /^$/,
): Promise<void> {
  const watched = await openPage(browser, server.origin, options);
  try {
    await watched.page.goto(path);
    await body(watched);
    assert.deepEqual(
      watched.faults.filter((fault) => !provoked.test(fault)),
      [],
    );
  } finally {
    await watched.context.close();
  }
}
