/** `npm run bench -- NAME …`: runs `bench/NAME.bench.ts` in a process of its own and passes the further arguments on. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

const suffix = ".bench.ts";
const names = globSync(`**/*${suffix}`, { cwd: import.meta.dirname })
  .map((path) => path.slice(0, -suffix.length))
  .toSorted();
const [name, ...rest] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  const asked = name === undefined ? "which benchmark?" : `no benchmark is called ${name}.`;
  process.stderr.write(`${asked} Use: npm run bench -- NAME, with one of: ${names.join(", ") || "(none yet)"}\n`);
  process.exitCode = 2;
} else {
  const args = [...process.execArgv, join(import.meta.dirname, name + suffix), ...rest];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
