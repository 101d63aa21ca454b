/**
 * `npm run soak -- NAME …`: runs `soak/NAME.soak.ts` in a process of its own, passes the further arguments on, and keeps its last line, the
 * result, in `soak/results/NAME.json`, also when it did not pass: a result that is only kept when it is good is none.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const suffix = ".soak.ts";
const folder = import.meta.dirname;
const names = globSync(`*${suffix}`, { cwd: folder })
  .map((path) => path.slice(0, -suffix.length))
  .toSorted();
const [name, ...rest] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  const asked = name === undefined ? "which soak?" : `no soak is called ${name}.`;
  process.stderr.write(`${asked} Use: npm run soak -- NAME, with one of: ${names.join(", ")}\n`);
  process.exitCode = 2;
} else {
  const args = [...process.execArgv, join(folder, name + suffix), ...rest];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let result = "";
  for await (const line of createInterface({ input: child.stdout })) console.log((result = line));
  await ended;
  if (result.startsWith("{")) {
    mkdirSync(join(folder, "results"), { recursive: true });
    writeFileSync(join(folder, "results", `${name}.json`), `${JSON.stringify(JSON.parse(result), null, 2)}\n`);
  }
  process.exitCode = child.exitCode ?? 1;
}
