/** A running ChainPulse and a browser beside it, opened and closed together. */
import type { Browser } from "playwright-core";
import { launchBrowser } from "./browser.ts";
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
