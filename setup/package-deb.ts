/**
 * `npm run deb [-- DIRECTORY]`: a Debian package of this checkout, for the machine's architecture, in DIRECTORY (default: here). It has
 * what `npm pack` has, the dependencies that the lock file names, the units, and a configuration file. Needs dpkg-deb.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { version } from "../src/core/version.ts";

const root = join(import.meta.dirname, "..");
const debian = join(root, "deploy", "debian");
/** Below the package's root. */
const programDir = "usr/lib/chainpulse";

// What a package installs is the system's, whatever the builder's own habits are.
process.umask(0o022);
using work = mkdtempDisposableSync(join(tmpdir(), "chainpulse-deb-"));
const tree = join(work.path, "tree");
const into = (...path: readonly string[]): string => join(tree, ...path);

packProgram();
for (const unit of readdirSync(join(root, "deploy", "systemd"))) {
  const place = unit.endsWith(".service") ? "usr/lib/systemd/system" : "usr/share/doc/chainpulse/systemd";
  copy(join(root, "deploy", "systemd", unit), place, unit);
}
copy(join(debian, "config.yaml"), "etc/chainpulse", "config.yaml");
copy(join(root, "LICENSE"), "usr/share/doc/chainpulse", "copyright");
for (const page of readdirSync(into(programDir, "docs")))
  renameSync(into(programDir, "docs", page), into("usr/share/doc/chainpulse", page));
rmdirSync(into(programDir, "docs"));
mkdirSync(into("usr/bin"), { recursive: true });
symlinkSync("../lib/chainpulse/chainpulse", into("usr/bin/chainpulse"));
writeControl();

const architecture = run("dpkg", ["--print-architecture"]).trim();
const file = resolve(process.argv[2] ?? ".", `chainpulse_${version}_${architecture}.deb`);
run("dpkg-deb", ["--root-owner-group", "-Zxz", "--build", tree, file]);
console.log(file);

/** What npm would publish, and beside it the dependencies as locked. */
function packProgram(): void {
  run("npm", ["pack", "--silent", "--pack-destination", work.path]);
  mkdirSync(into(programDir), { recursive: true });
  const tarball = join(work.path, `chainpulse-${version}.tgz`);
  run("tar", [
    "--extract",
    "--gzip",
    "--file",
    tarball,
    "--strip-components",
    "1",
    "--no-same-owner",
    "--directory",
    into(programDir),
  ]);
  copyFileSync(join(root, "package-lock.json"), into(programDir, "package-lock.json"));
  run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], into(programDir));
  rmSync(into(programDir, "package-lock.json"));
}

function writeControl(): void {
  mkdirSync(into("DEBIAN"), { recursive: true });
  const kibibytes = run("du", ["--summarize", "--apparent-size", "--block-size=1024", tree]).split("\t")[0] ?? "";
  const control = readFileSync(join(debian, "control"), "utf8")
    .replace("@VERSION@", version)
    .replace("@ARCHITECTURE@", run("dpkg", ["--print-architecture"]).trim())
    .replace("@INSTALLED_SIZE@", kibibytes);
  writeFileSync(into("DEBIAN", "control"), control);
  writeFileSync(into("DEBIAN", "conffiles"), "/etc/chainpulse/config.yaml\n");
  for (const script of ["postinst", "prerm", "postrm"]) {
    copyFileSync(join(debian, script), into("DEBIAN", script));
    chmodSync(into("DEBIAN", script), 0o755);
  }
}

function copy(source: string, directory: string, name: string): void {
  mkdirSync(into(directory), { recursive: true });
  copyFileSync(source, into(directory, name));
  chmodSync(into(directory, name), 0o644);
}

/** Its output; what it says on stderr is shown. */
function run(command: string, args: readonly string[], cwd: string = root): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}
