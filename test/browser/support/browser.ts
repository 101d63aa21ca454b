/** A real browser for the tests: the machine's Chromium, or the one that comes in a registry package. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import chromiumPackage, { inflate } from "@sparticuz/chromium";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const installed = "/usr/bin/chromium";
/** Its entry is `build/index.js`. */
const packageRoot = fileURLToPath(new URL("..", import.meta.resolve("@sparticuz/chromium")));

/** Background traffic off: a page's foreign request must not hide among the browser's own. */
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];

export async function launchBrowser(): Promise<Browser> {
  if (existsSync(installed)) return chromium.launch({ executablePath: installed, args: flags });
  const executablePath = await chromiumPackage.executablePath();
  // The package brings NSS, NSPR and expat too, but lays them out on AWS only; a machine without a desktop lacks them.
  const libraries = await inflate(join(packageRoot, "bin", "al2023.tar.br"));
  const env = { ...process.env, LD_LIBRARY_PATH: join(libraries, "lib"), FONTCONFIG_PATH: join(tmpdir(), "fonts") };
  return chromium.launch({ executablePath, args: flags, env });
}

export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Everything that a page must not do: console errors and warnings, uncaught errors, failed and foreign requests. */
  readonly faults: string[];
}

export interface PageOptions {
  readonly theme?: "dark" | "light";
  readonly width?: number;
  readonly height?: number;
  /** Only for injecting the accessibility checker; the page's own policy is tested without it. */
  readonly bypassCSP?: boolean;
}

/** A fresh context with one page that writes down its faults. `origin` is the only place it may talk to. */
export async function openPage(browser: Browser, origin: string, options: PageOptions = {}): Promise<WatchedPage> {
  const { theme = "dark", width = 1440, height = 900, bypassCSP = false } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, bypassCSP, baseURL: origin });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(origin).origin) faults.push(`foreign request: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  return { page, context, faults };
}

/** Waits until a chart with at least two points was drawn. */
export async function firstChart(page: Page): Promise<void> {
  await page.locator('html[data-ready="true"]').waitFor({ state: "attached" });
}
