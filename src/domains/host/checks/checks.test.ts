import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { host } from "../index.ts";

describe("checks of the host", () => {
  // If this fails, a sentence says "?" where it should name a disk or a process: neither compiler nor parser sees into it.
  for (const { id, message, ok, details, expr } of host.checks) {
    it(`${id} has a sentence for good and for bad, and names only what it asks for`, () => {
      assert.ok(ok !== undefined, "without it, the title and a number would have to do");
      for (const template of [message, ok]) {
        const names = template.matchAll(/\{\{([^{}]+)\}\}/g).map(([, name = ""]) => name);
        for (const name of names) {
          if (name === "$value" || name === "$since") continue;
          const [first = "", field] = name.split(".");
          if (field === undefined) assert.match(first, /^[a-z0-9_]+$/);
          else assert.ok(details?.[first] !== undefined, `no detail ${first}`);
        }
        assert.doesNotMatch(template.replaceAll(/\[[^[\]]*\]/g, ""), /[[\]]/, "a clause is open");
        assert.match(template, /\.$/);
      }
      assert.notEqual(expr, "");
    });
  }
});
