/** axe on the first page, in both themes: nothing serious or critical. `test/extended/browser` looks at all others. */
import { test } from "node:test";
import { assertAccessible } from "./support/accessibility.ts";
import { openDashboard } from "./support/dashboard.ts";

test("the overview is accessible", { timeout: 120_000 }, async () => {
  // Wrong: somebody cannot read or operate the page that everybody sees first.
  const dashboard = await openDashboard();
  try {
    await assertAccessible(dashboard, "/");
  } finally {
    await dashboard.close();
  }
});
