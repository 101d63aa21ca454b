/**
 * Makes the pictures in `docs/screenshots`: a real ChainPulse on this machine, some work for it to show, and a browser.
 * Run by `npm run screenshots`. The pictures show the machine that they are made on.
 */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { firstChart, openPage, type PageOptions } from "./support/browser.ts";
import { openChain } from "./support/chain.ts";
import type { Dashboard } from "./support/dashboard.ts";
import { openDoors } from "./support/doors.ts";

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly options: PageOptions;
}

const pictures: readonly Picture[] = [
  { name: "overview-dark", path: "/", options: { theme: "dark", height: 1000 } },
  { name: "overview-light", path: "/", options: { theme: "light", height: 1000 } },
  { name: "host-dark", path: "/host", options: { theme: "dark" } },
  { name: "explore-light", path: "/explore", options: { theme: "light" } },
  { name: "alerts-dark", path: "/alerts", options: { theme: "dark" } },
  { name: "health-dark", path: "/health", options: { theme: "dark" } },
  { name: "fleet-dark", path: "/fleet", options: { theme: "dark" } },
  { name: "flow-light", path: "/sources", options: { theme: "light", height: 1000 } },
  { name: "targets-dark", path: "/targets", options: { theme: "dark" } },
  { name: "settings-light", path: "/settings", options: { theme: "light" } },
  { name: "overview-phone", path: "/", options: { theme: "dark", width: 360, height: 780 } },
];

/** Beside a real EVM node, which is shown as what it is: a demo. */
const chainPictures: readonly Picture[] = [
  { name: "chain-dark", path: "/chain", options: { theme: "dark", height: 1000 } },
  { name: "contracts-light", path: "/chain/contracts", options: { theme: "light" } },
  { name: "transactions-dark", path: "/transactions", options: { theme: "dark", height: 1000 } },
  { name: "chain-phone", path: "/chain", options: { theme: "light", width: 360, height: 780 } },
];

const folder = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
/** The default window: the charts are then full from edge to edge. */
const historySeconds = 300;

/** Work in waves: hashes for some seconds, then rest, so that the charts have something to tell. */
const work = `
const { pbkdf2Sync } = require("node:crypto");
const wave = (n) => { const end = Date.now() + 4000 + (n % 3) * 2500; while (Date.now() < end) pbkdf2Sync("a", "b", 20000, 32, "sha256"); setTimeout(wave, 9000 + (n % 4) * 2500, n + 1); };
wave(0);
`;

const worker = spawn(process.execPath, ["-e", work], { stdio: "ignore" });
const doors = await openDoors();
const chain = await openChain();
try {
  await mkdir(folder, { recursive: true });
  process.stderr.write(`Collecting for ${historySeconds} s, so that the charts are full …\n`);
  await new Promise((resolve) => setTimeout(resolve, historySeconds * 1000));
  for (const picture of pictures) await takePicture(doors.dashboard, picture);
  for (const picture of chainPictures) await takePicture(chain.dashboard, picture);
} finally {
  await chain.close();
  await doors.close();
  worker.kill();
}

async function takePicture({ browser, server }: Dashboard, { name, path, options }: Picture): Promise<void> {
  const { page, context, faults } = await openPage(browser, server.origin, options);
  await page.goto(path);
  if (path === "/explore") await page.locator(".metric-list button").first().click();
  const charts = await page.locator(".series").count();
  if (charts > 0) await firstChart(page);
  await page.locator(".panel canvas, .table tbody tr, .rule").first().waitFor();
  // Everything in view has been drawn, and live values have come once.
  await page.waitForTimeout(2000);
  await page.screenshot({ path: `${folder}${name}.png` });
  await context.close();
  if (faults.length > 0) throw new Error(`${path}: ${faults.join("; ")}`);
  process.stderr.write(`docs/screenshots/${name}.png\n`);
}
