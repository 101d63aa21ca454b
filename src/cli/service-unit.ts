/**
 * The hardened systemd unit, as text: `chainpulse service install` writes it for this installation, `deploy/systemd/` has it for
 * distribution packages. Directives: systemd.exec(5), systemd.service(5), systemd.resource-control(5) of systemd 252. A test holds
 * `systemd-analyze security` to an exposure of 2.0.
 */

import { type Role, roles } from "../core/role.ts";

export interface UnitOptions {
  /** Absolute path of the program, then its arguments. */
  readonly command: readonly string[];
  readonly role: Role;
  /** Directories of the program; those in a home directory are shown to the service, which sees nothing else there. */
  readonly programDirs?: readonly string[];
}

/** Bytes that the threads of a role may use: the sum of their heaps' limits, and as much again outside of them for its caches. */
const memoryMax: Readonly<Record<Role, string>> = { all: "3G", agent: "1G", hub: "4G" };

const titles: Readonly<Record<Role, string>> = {
  all: "ChainPulse performance monitoring",
  agent: "ChainPulse agent",
  hub: "ChainPulse hub",
};

/** Places that ProtectHome= covers: systemd.exec(5). */
const homePlace = /^\/(?:home|root|run\/user)(?:\/|$)/;

/** `chainpulse.service`, `chainpulse-agent.service`, `chainpulse-hub.service`: a machine's services tell what it is. */
export function unitName(role: Role): string {
  return role === "all" ? "chainpulse.service" : `chainpulse-${role}.service`;
}

/** The flags of `chainpulse start`; "all" leaves the role to the configuration. */
export function roleArguments(role: Role): readonly string[] {
  return role === "all" ? [] : ["--role", role];
}

/** The whole unit file. */
export function serviceUnit({ command, role, programDirs = [] }: UnitOptions): string {
  const others = roles.filter((other) => other !== role).map(unitName);
  const shown = [...new Set(programDirs.filter((path) => homePlace.test(path)))];
  return `[Unit]
Description=${titles[role]}
Documentation=man:systemd.exec(5)
After=network-online.target
Wants=network-online.target
Conflicts=${others.join(" ")}

[Service]
Type=exec
ExecStart=${command.map(quoteArgument).join(" ")}
ExecReload=kill -HUP $MAINPID
Restart=on-failure
RestartSec=5s
# A wrong configuration does not get better by being read again.
RestartPreventExitStatus=78
TimeoutStopSec=30s

# A user that exists while the service runs, with directories of its own: /var/lib/chainpulse, /var/cache/chainpulse.
DynamicUser=yes
User=chainpulse
StateDirectory=chainpulse
StateDirectoryMode=0700
CacheDirectory=chainpulse
CacheDirectoryMode=0700
Environment=CHAINPULSE_DATA_DIR=%S/chainpulse XDG_CACHE_HOME=%C/chainpulse MALLOC_ARENA_MAX=1
UMask=0077

# When memory is short, the kernel ends the observer before the observed.
OOMScoreAdjust=300
MemoryMax=${memoryMax[role]}
TasksMax=256
LimitNOFILE=65536
LimitCORE=0

# No privileges. What more can be measured with some: deploy/systemd/processes.conf and drives.conf.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
KeyringMode=private
RemoveIPC=yes

# The machine, to look at and not to touch. Home directories stay visible, because their file systems are measured.
ProtectSystem=strict
${shown.length === 0 ? "ProtectHome=read-only" : `ProtectHome=tmpfs\nBindReadOnlyPaths=${shown.map(quotePath).join(" ")}`}
PrivateTmp=yes
PrivateMounts=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectHostname=yes
# Off on purpose: the processes, the kernel's figures, the users' names and the clock's offset are what is measured.
ProtectProc=default
ProcSubset=all
PrivateUsers=no
ProtectClock=no
# The compiler of JavaScript writes code into memory and runs it.
MemoryDenyWriteExecute=no

# HTTP and the targets; sockets of the machine are read by netlink.
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# Reads the clock's offset; setting it needs a capability that is not there.
SystemCallFilter=adjtimex clock_adjtime
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** One word of ExecStart=: `%` begins a specifier, `$` a variable, and quotes keep spaces. Source: systemd.service(5), "Command lines". */
function quoteArgument(argument: string): string {
  const escaped = argument.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/[\\"]/g, "\\$&")}"`;
}

/** As a word of a list of paths; a colon begins a second path there. */
function quotePath(path: string): string {
  return quoteArgument(path).replaceAll(":", "\\:");
}
