/**
 * How fast hostile requests are refused, and what memory they take: each is sent to a running ChainPulse some times, and the median time of
 * its refusal counts. Bound: 50 ms, and less than 100 MB more than before.
 *
 *   npm run bench -- hostile-ingest
 */
import { mkdirSync, mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostileRequests } from "./support/ingest-hostile.ts";
import { processCost } from "./support/process-cost.ts";
import { report, round } from "./support/report.ts";
import { serveDirectory } from "./support/running.ts";

const rounds = 7;

using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-hostile-"));
const data = join(directory.path, "data");
mkdirSync(data);
await using server = await serveDirectory(data);

const send = async ({
  contentType,
  contentEncoding,
  body,
}: (typeof hostileRequests)[string]): Promise<{ readonly status: number; readonly ms: number }> => {
  const startedMs = performance.now();
  const headers = { "content-type": contentType, "content-encoding": contentEncoding };
  const answer = await fetch(`${server.url}/api/v1/write`, { method: "POST", headers, body });
  await answer.arrayBuffer();
  return { status: answer.status, ms: performance.now() - startedMs };
};

// The thread starts with the first request, and the door opens.
for (const request of Object.values(hostileRequests)) await send(request);
const before = processCost(server.pid).rssBytes;
const figures: Record<string, unknown> = {};
for (const [name, request] of Object.entries(hostileRequests)) {
  const answers = [];
  for (let turn = 0; turn < rounds; turn++) answers.push(await send(request));
  const sorted = answers.map(({ ms }) => ms).toSorted((a, b) => a - b);
  figures[name] = {
    status: answers[0]?.status,
    medianMs: round(sorted[rounds >> 1] ?? Number.NaN),
    largestMs: round(sorted.at(-1) ?? Number.NaN),
    bodyBytes: request.body.length,
  };
}
const rssGrowthMb = round((processCost(server.pid).rssBytes - before) / 1e6);
report("hostile-ingest", { ...figures, rssGrowthMb });
