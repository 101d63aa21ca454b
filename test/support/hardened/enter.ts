/**
 * What systemd does before it starts a hardened unit, as far as it can be done without systemd as the first process: run by
 * `unshare --mount`, as root, with an `Enclosure` as JSON; becomes the program. The machine's root is seen through an overlay, into which
 * the Debian package is installed first, so that nothing is changed outside.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Enclosure {
  /** An empty directory, to mount in. */
  readonly directory: string;
  readonly debFile: string;
  /** Path in the enclosure → a directory outside that belongs to `user`: what may be written. */
  readonly writable: Readonly<Record<string, string>>;
  /** Path in the enclosure → path outside: what is shown somewhere else too, read-only. */
  readonly shown: Readonly<Record<string, string>>;
  readonly links: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly user: number;
  /** Whether the user has a name: DynamicUser= gives it one, a container does not. */
  readonly named: boolean;
  readonly umask: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

const spec: Enclosure = JSON.parse(process.argv[2] ?? "");
const root = join(spec.directory, "root");
const inside = (path: string): string => join(root, path);
const mount = (...args: readonly string[]): void =>
  void execFileSync("mount", args, { stdio: ["ignore", "ignore", "inherit"] });

/** Shows `source` at a path of the enclosure, which is made there. */
function bind(source: string, path: string, readonly: boolean): void {
  mount("--rbind", source, inside(path));
  if (readonly) mount("-o", "remount,bind,ro", inside(path));
}

mount("-t", "tmpfs", "tmpfs", spec.directory);
for (const name of ["root", "upper", "work"]) mkdirSync(join(spec.directory, name));
const layers = `lowerdir=/,upperdir=${join(spec.directory, "upper")},workdir=${join(spec.directory, "work")}`;
mount("-t", "overlay", "overlay", "-o", layers, root);

// The package asks for a Node.js of 24 or newer: the one that runs this.
writeFileSync(inside("/usr/bin/node"), "");
mount("--bind", process.execPath, inside("/usr/bin/node"));
const dpkg = ["--root", root, "--force-depends", "--force-confnew", "--install", spec.debFile];
execFileSync("dpkg", dpkg, { stdio: ["ignore", "ignore", "pipe"] });
for (const [path, text] of Object.entries(spec.files)) writeFileSync(inside(path), text);
for (const [path, target] of Object.entries(spec.links)) symlinkSync(target, inside(path));
for (const path of [...Object.keys(spec.writable), ...Object.keys(spec.shown)]) mkdirSync(inside(path), { recursive: true });
if (spec.named) appendFileSync(inside("/etc/passwd"), `chainpulse:x:${spec.user}:${spec.user}::/:/usr/sbin/nologin\n`);

// ProtectSystem=strict, PrivateTmp=, PrivateDevices=, ProtectKernelTunables=, ProtectControlGroups=.
mount("-o", "remount,bind,ro", root);
for (const [path, source] of Object.entries(spec.writable)) bind(source, path, false);
for (const path of ["/tmp", "/var/tmp"]) mount("-t", "tmpfs", "tmpfs", inside(path));
mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", inside("/dev"));
for (const device of ["null", "zero", "full", "random", "urandom", "tty"]) {
  writeFileSync(inside(`/dev/${device}`), "");
  mount("--bind", `/dev/${device}`, inside(`/dev/${device}`));
}
mount("-o", "remount,ro", inside("/dev"));
bind("/proc", "/proc", false);
for (const path of ["/proc/sys", "/proc/fs", "/proc/irq"]) bind(path, path, true);
bind("/sys", "/sys", true);
for (const [path, source] of Object.entries(spec.shown)) bind(source, path, true);

// NoNewPrivileges=, CapabilityBoundingSet=, AmbientCapabilities=, User=.
const privileges = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"];
const identity = [`--reuid=${spec.user}`, `--regid=${spec.user}`, "--clear-groups"];
process.umask(Number.parseInt(spec.umask, 8));
const args = ["chroot", root, "setpriv", ...privileges, ...identity, "--", ...spec.command];
if (process.execve === undefined) throw new Error("this Node.js cannot become another program");
process.execve("/usr/sbin/chroot", args, { PATH: "/usr/local/bin:/usr/bin:/bin", ...spec.environment });
