/** `chainpulse service`: runs ChainPulse as a systemd service, from where it is installed now. */
import { ChainPulseError } from "../core/errors.ts";
import { type Role, roles } from "../core/role.ts";
import { defineCommand, type Command, type CommandContext, exitCodes } from "./command.ts";
import { jsonOption } from "./options.ts";
import { printJson } from "./output.ts";
import { type ServiceSystem, theSystem } from "./service-system.ts";
import { serviceUnit, type UnitOptions, unitName } from "./service-unit.ts";

/** The first line of what we write; a unit without it is somebody else's. */
const mark = "# Written by `chainpulse service install`; a change here is lost at the next one. Use `systemctl edit` instead.";
const unitDir = "/etc/systemd/system";

/** The command on the system that it is given; tests give one that only notes what is asked of it. */
export function serviceCommand(system: ServiceSystem): Command {
  return defineCommand({
    name: "service",
    summary: "Run ChainPulse as a system service (systemd).",
    examples: [
      { command: "chainpulse service install --dry-run", help: "Show the unit that would be written" },
      { command: "sudo chainpulse service install", help: "Write it, start it, and start it with the machine" },
      { command: "sudo chainpulse service install --role agent --config /etc/chainpulse/config.yaml", help: "As an agent" },
      { command: "chainpulse service status", help: "Whether it runs" },
      { command: "sudo chainpulse service uninstall", help: "Stop it and remove the unit; the data stays" },
    ],
    arguments: [{ name: "ACTION", help: "install, uninstall or status", choices: ["install", "uninstall", "status"] }],
    options: {
      role: { type: "string", value: "ROLE", choices: roles, help: "all (default), agent or hub." },
      config: {
        type: "string",
        value: "FILE",
        help: "Configuration file (default: /etc/chainpulse/config.yaml, if it is there).",
      },
      "dry-run": { type: "boolean", help: "Only print the unit (install)." },
      json: jsonOption,
    },
    notes:
      "The service runs as a user of its own without privileges, sees the machine read-only, and keeps its data in /var/lib/chainpulse.\n" +
      "status exits with 3 when the service does not run.",
    run: (context, { role: givenRole, config, "dry-run": dryRun = false, json = false }, [action]) => {
      const role = roles.find((known) => known === givenRole) ?? "all";
      if (action === "status") return status(context, system, role, json);
      const program = system.programFor(role, config);
      const unit = `${mark}\n${serviceUnit(program)}`;
      if (action === "install" && dryRun) {
        context.stdout.write(unit);
        return exitCodes.ok;
      }
      requireRights(system);
      if (action === "uninstall") return uninstall(context, system, role);
      requirePlace(program);
      return install(context, system, role, unit);
    },
  });
}

export const service = serviceCommand(theSystem);

function install({ stderr }: CommandContext, system: ServiceSystem, role: Role, unit: string): number {
  const path = ownUnit(system, role);
  system.write(path, unit);
  stderr.write(`Wrote ${path}\n`);
  run(system, stderr, ["daemon-reload"]);
  run(system, stderr, ["enable", unitName(role)]);
  // A running one goes on with the old unit otherwise.
  run(system, stderr, ["restart", unitName(role)]);
  stderr.write(`Its log: journalctl --unit ${unitName(role)}\n`);
  return exitCodes.ok;
}

function uninstall({ stderr }: CommandContext, system: ServiceSystem, role: Role): number {
  const path = ownUnit(system, role);
  if (system.read(path) === null) {
    throw new ChainPulseError("NOT_FOUND", `${path} is not there: the service is not installed`);
  }
  run(system, stderr, ["disable", "--now", unitName(role)]);
  system.remove(path);
  stderr.write(`Removed ${path}\n`);
  run(system, stderr, ["daemon-reload"]);
  stderr.write("The data stays in /var/lib/chainpulse.\n");
  return exitCodes.ok;
}

function status({ stdout }: CommandContext, system: ServiceSystem, role: Role, json: boolean): number {
  const unit = unitName(role);
  const state = {
    unit,
    installed: system.read(`${unitDir}/${unit}`) !== null,
    enabled: system.systemctl(["is-enabled", unit]).output.trim() || "unknown",
    active: system.systemctl(["is-active", unit]).output.trim() || "unknown",
  };
  if (json) printJson(stdout, state);
  else stdout.write(`${unit}: ${state.installed ? "installed" : "not installed"}, ${state.enabled}, ${state.active}\n`);
  return state.active === "active" ? exitCodes.ok : exitCodes.checkFailed;
}

/** The unit's path, where it may be written. Errors: `SERVICE_REFUSED` when somebody else's unit is there. */
function ownUnit(system: ServiceSystem, role: Role): string {
  const path = `${unitDir}/${unitName(role)}`;
  const there = system.read(path);
  if (there === null || there.startsWith(mark)) return path;
  throw new ChainPulseError("SERVICE_REFUSED", `${path} was not written by ChainPulse`, {
    fix: "Move it away, or go on using it.",
  });
}

function requireRights(system: ServiceSystem): void {
  if (!system.hasSystemd()) {
    throw new ChainPulseError("SERVICE_REFUSED", "there is no systemd here that could run a service", {
      fix: "Let your own service manager run `chainpulse start`: it stays in the foreground, logs to stderr and ends at SIGTERM.",
    });
  }
  if (!system.isRoot()) {
    throw new ChainPulseError("SERVICE_REFUSED", "services are installed and removed by root only", {
      fix: "Run it with sudo; `chainpulse service install --dry-run` shows what it would write.",
    });
  }
}

/** The service has a /tmp of its own (PrivateTmp=). Errors: `SERVICE_REFUSED` for a program that is in ours. */
function requirePlace({ command }: UnitOptions): void {
  const hidden = command.find((word) => /^\/(?:var\/)?tmp\//.test(word));
  if (hidden === undefined) return;
  throw new ChainPulseError(
    "SERVICE_REFUSED",
    `${hidden} is in a directory for temporary files, which a service does not see`,
    {
      fix: "Install ChainPulse (or put its configuration) elsewhere, for example in /opt.",
    },
  );
}

/** Errors: `SERVICE_REFUSED` with systemd's own words. */
function run(system: ServiceSystem, stderr: CommandContext["stderr"], args: readonly string[]): void {
  stderr.write(`systemctl ${args.join(" ")}\n`);
  const { code, errors } = system.systemctl(args);
  if (code !== 0)
    throw new ChainPulseError("SERVICE_REFUSED", `systemctl ${args.join(" ")}: ${errors.trim() || `exit code ${code}`}`);
}
