import assert from "node:assert/strict";
import { test } from "node:test";
import { perSecond } from "../../data/flow.ts";
import { lastLooks } from "./last-looks.ts";

test("a rate stays what it is while the page is drawn again", () => {
  // Wrong: what is sent on flickers between its rate and half of it, as the other half of the page gets its answers.
  const look = lastLooks<{ readonly sent: number }>();
  const [first, second] = [{ sent: 100 }, { sent: 300 }];
  assert.equal(
    perSecond(look(first, 0), ({ sent }) => sent),
    null,
  );
  assert.equal(
    perSecond(look(second, 2000), ({ sent }) => sent),
    100,
  );
  assert.equal(
    perSecond(look(second, 4000), ({ sent }) => sent),
    100,
  );
  // The next answer is counted from when this one came, not from when it was last drawn.
  assert.equal(
    perSecond(look({ sent: 500 }, 6000), ({ sent }) => sent),
    50,
  );
});
