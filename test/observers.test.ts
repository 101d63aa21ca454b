import assert from "node:assert/strict";
import { test } from "node:test";
import { domains } from "../src/domains/index.ts";
import { observers } from "../src/domains/observers.ts";

test("the observers that run are those that the domains declare", () => {
  // If it fails, a domain's observer is never opened, or what one holds is written by nobody.
  assert.deepEqual(
    observers,
    domains.flatMap((domain) => domain.observers ?? []),
  );
});
