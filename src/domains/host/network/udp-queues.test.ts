import assert from "node:assert/strict";
import { test } from "node:test";
import { sumQueues } from "./udp-queues.ts";

const heading =
  "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n";

test("queues are summed, transmit before receive, in hexadecimal", () => {
  // Waiting datagrams would be shown as sent ones if this fails. Lines as kernel net/ipv4/udp.c prints them.
  const text = `${heading} 1262: 0100007F:0035 00000000:0000 07 00000000:00000100 00:00000000 00000000     0        0 1 2 0 0
 1263: 0100007F:0036 00000000:0000 07 0000000A:00000001 00:00000000 00000000     0        0 1 2 0 0\n`;
  assert.deepEqual(sumQueues(text), { rx: 257, tx: 10 });
});

test("no socket is an empty queue; a line that is cut off counts nothing", () => {
  // A partial line would add a wrong number if this fails.
  assert.deepEqual(sumQueues(heading), { rx: 0, tx: 0 });
  assert.deepEqual(sumQueues(`${heading} 1262: 0100007F:0035 00000000:0000 07 00000000:000001`), { rx: 0, tx: 0 });
});
