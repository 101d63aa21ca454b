/**
 * What is in `deploy/` for containers and clusters holds together, and our own configurations in it are right. Neither Docker nor Helm runs
 * here: this finds what can be found without them.
 */
import assert from "node:assert/strict";
import { globSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { cli } from "../src/cli/run-cli.test-support.ts";
import { version } from "../src/core/version.ts";
import { root } from "./support/checks.ts";
import { renderTemplate } from "./support/render-chart.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Named {
  readonly name: string;
}

interface Container extends Named {
  readonly securityContext: {
    readonly capabilities: { readonly drop: readonly string[] };
    readonly readOnlyRootFilesystem: boolean;
  };
  readonly args?: readonly string[];
  readonly env?: readonly (Named & { readonly value?: string })[];
  readonly ports?: readonly Named[];
  readonly volumeMounts: readonly (Named & { readonly mountPath: string; readonly subPathExpr?: string })[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
}

type Labels = Readonly<Record<string, string>>;

/** The parts of a Kubernetes object that are looked at; which of them it has depends on its kind. */
interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Named & { readonly labels: Labels };
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly selector: Labels & { readonly matchLabels: Labels };
    readonly podSelector: { readonly matchLabels: Labels };
    readonly ingress: readonly { readonly from: readonly { readonly ipBlock?: { readonly cidr: string } }[] }[];
    readonly ports: readonly { readonly targetPort: string }[];
    readonly serviceName: string;
    readonly volumeClaimTemplates?: readonly { readonly metadata: Named }[];
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly containers: readonly Container[];
        readonly initContainers?: readonly Container[];
        readonly volumes: readonly Named[];
        readonly securityContext: { readonly runAsNonRoot: boolean };
      };
    };
  };
}

function renderChart(changes: object = {}): readonly KubernetesObject[] {
  const chart = "deploy/helm/chainpulse";
  const context = {
    Values: { ...parse(read(`${chart}/values.yaml`)), ...changes },
    Release: { Name: "watch", Namespace: "nodes" },
  };
  return globSync(`${chart}/templates/*.yaml`, { cwd: root }).flatMap((path) =>
    parseAllDocuments(renderTemplate(read(path), context)).flatMap((document) => {
      assert.deepEqual(document.errors, [], path);
      const object = document.toJS();
      return object === null ? [] : [object];
    }),
  );
}

async function assertConfigRight(text: string): Promise<void> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-deploy-"));
  const file = join(directory.path, "config.yaml");
  writeFileSync(file, text);
  const { code, stdout, stderr } = await cli(["check-config", file]);
  assert.equal(code, 0, `${stdout}${stderr}\n${text}`);
}

describe("the Helm chart", () => {
  const objects = renderChart({ networkPolicy: { enabled: true, nodeCIDRs: ["10.0.0.0/16", "fd00::/8"] } });
  const workloads = objects.filter(({ kind }) => kind === "StatefulSet" || kind === "DaemonSet");
  const byKind = (kind: string): KubernetesObject =>
    objects.find((object) => object.kind === kind) ?? assert.fail(`no ${kind}`);

  it("has the objects that it is to have, in the interfaces that Kubernetes has them in", () => {
    // `kubectl apply` refuses the chart, if this fails. Source: Kubernetes 1.34, API reference.
    const kinds = objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort();
    assert.deepEqual(kinds, [
      "apps/v1 DaemonSet",
      "apps/v1 StatefulSet",
      "networking.k8s.io/v1 NetworkPolicy",
      "v1 ConfigMap",
      "v1 ConfigMap",
      "v1 Service",
    ]);
    for (const { metadata } of objects) assert.match(metadata.name, /^watch-(hub|agent)$/);
    const kindsOf = (changes: object): readonly string[] =>
      renderChart(changes)
        .map(({ kind }) => kind)
        .sort();
    assert.deepEqual(kindsOf({ hub: { enabled: false } }), ["ConfigMap", "DaemonSet"]);
    // As it is before there are tokens for agents.
    assert.deepEqual(kindsOf({ agent: { enabled: false } }), ["ConfigMap", "Service", "StatefulSet"]);
  });

  it("selects the pods that it makes, and mounts and asks what they have", () => {
    // Pods never become ready, or the service reaches none, if this fails.
    assert.equal(workloads.length, 2);
    for (const { spec } of workloads) {
      const { template, volumeClaimTemplates = [] } = spec;
      assertSubset(spec.selector.matchLabels, template.metadata.labels);
      const volumes = new Set(
        [...template.spec.volumes, ...volumeClaimTemplates.map(({ metadata }) => metadata)].map(({ name }) => name),
      );
      for (const container of [...template.spec.containers, ...(template.spec.initContainers ?? [])]) {
        const { ports = [], volumeMounts, startupProbe, readinessProbe, livenessProbe } = container;
        for (const { name } of volumeMounts) assert.ok(volumes.has(name), name);
        for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe].filter((probe) => probe !== undefined)) {
          if (httpGet !== undefined) assert.ok(ports.some(({ name }) => name === httpGet.port));
        }
      }
    }
    const hub = byKind("StatefulSet");
    const service = byKind("Service");
    assert.equal(hub.spec.serviceName, service.metadata.name);
    assertSubset(service.spec.selector, hub.spec.template.metadata.labels);
    assertSubset(byKind("NetworkPolicy").spec.podSelector.matchLabels, hub.spec.template.metadata.labels);
    assert.ok(hub.spec.template.spec.containers[0]?.ports?.some(({ name }) => name === service.spec.ports[0]?.targetPort));
  });

  it("gives each agent the id that its token is for", () => {
    // The hub refuses every agent whose machine calls itself otherwise than its cluster does, if this fails.
    const [agent] = byKind("DaemonSet").spec.template.spec.containers;
    const { args = [], env = [], volumeMounts } = agent ?? assert.fail("no container");
    assert.equal(args[args.indexOf("--node") + 1], "$(NODE_NAME)");
    assert.ok(env.some(({ name }) => name === "NODE_NAME"));
    assert.ok(volumeMounts.some(({ subPathExpr }) => subPathExpr === "$(NODE_NAME)"));
  });

  it("keeps compiled code where nobody else may write", () => {
    // Every start compiles everything anew, if this fails: src/boot.mjs takes nothing from a folder that all may write to.
    for (const { spec } of workloads) {
      for (const { env = [], volumeMounts } of spec.template.spec.containers) {
        const mount = volumeMounts.find(({ name }) => name === "cache")?.mountPath ?? assert.fail("no cache");
        assert.match(env.find(({ name }) => name === "XDG_CACHE_HOME")?.value ?? "", new RegExp(`^${mount}/.`));
      }
    }
  });

  it("lets agents through its network policy by their machines' addresses", () => {
    // No agent reaches the hub where the plug-in does not know pods of the machine's own network, if this fails.
    const blocks = byKind("NetworkPolicy").spec.ingress.flatMap(({ from }) => from.flatMap(({ ipBlock }) => ipBlock ?? []));
    assert.deepEqual(blocks, [{ cidr: "10.0.0.0/16" }, { cidr: "fd00::/8" }]);
  });

  it("runs as nobody in particular, without privileges, on a root that it cannot write to", () => {
    // What somebody takes over can change the machine, if this fails.
    for (const { spec } of workloads) {
      assert.equal(spec.template.spec.securityContext.runAsNonRoot, true);
      for (const { securityContext } of spec.template.spec.containers) {
        assert.equal(securityContext.readOnlyRootFilesystem, true);
        assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
      }
    }
  });

  it("configures ChainPulse in a way that it takes", async () => {
    // Every pod ends with exit code 78, if this fails.
    const configs = objects.filter(({ kind }) => kind === "ConfigMap");
    for (const { data } of configs) await assertConfigRight(data["config.yaml"] ?? assert.fail("no config.yaml"));
  });

  it("is the chart of this version", () => {
    const chart = parse(read("deploy/helm/chainpulse/Chart.yaml"));
    assert.deepEqual([chart.version, chart.appVersion], [version, version]);
    assert.match(parse(read("deploy/helm/chainpulse/values.yaml")).image, new RegExp(`:${version.replaceAll(".", "\\.")}$`));
  });
});

describe("the container", () => {
  interface Service {
    readonly volumes: readonly string[];
    readonly secrets?: readonly string[];
    readonly depends_on?: object;
  }

  const compose: { services: Record<string, Service>; volumes: object; secrets: object } = parse(
    read("deploy/docker/compose.yaml"),
  );

  it("of compose finds what it mounts, and the services and secrets it names", () => {
    // `docker compose up` stops with an error, or Grafana starts without dashboards, if this fails.
    for (const { volumes, secrets = [], depends_on: others = {} } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const [source = ""] = volume.split(":");
        if (source.startsWith(".")) assert.ok(globSync(join("deploy/docker", source), { cwd: root }).length > 0, source);
        else assert.ok(source.startsWith("/") || source in compose.volumes, source);
      }
      for (const secret of secrets) assert.ok(secret in compose.secrets, secret);
      for (const other of Object.keys(others)) assert.ok(other in compose.services, other);
    }
  });

  it("of the image copies files that are there", () => {
    const dockerfile = read("deploy/docker/Dockerfile");
    for (const [, source = ""] of dockerfile.matchAll(/^COPY (\S+) \S+$/gm)) {
      assert.ok(source === "." || globSync(source, { cwd: root }).length > 0, source);
    }
    assert.match(dockerfile, /^USER 65532:65532$/m);
  });

  it("has examples that are right once their lines are taken in", async () => {
    // Whoever follows them gets a file that is refused, if this fails.
    const prometheus = parse(takeIn(read("deploy/prometheus/prometheus.yml"), /chainpulse\.rules\.yml/));
    assert.deepEqual(prometheus.rule_files, ["chainpulse.rules.yml"]);
    const ours = takeIn(read("deploy/docker/chainpulse.yaml"), /chain:|clients:|kind:|_url:/);
    assert.equal(parse(ours).performance_monitoring.chain.clients[0].kind, "geth");
    await assertConfigRight(ours);
  });

  it("and the Debian package configure ChainPulse in a way that it takes", async () => {
    for (const path of ["deploy/docker/chainpulse.yaml", "deploy/debian/config.yaml"]) await assertConfigRight(read(path));
  });
});

/** The text with the commented lines that match, without the sign in their first column or behind their indentation. */
function takeIn(text: string, lines: RegExp): string {
  return text.replaceAll(/^( *)#( *\S.*)$/gm, (line, indent: string, rest: string) =>
    lines.test(rest) ? `${indent}${rest}` : line,
  );
}

function assertSubset(part: Labels, whole: Labels): void {
  for (const [name, value] of Object.entries(part)) assert.equal(whole[name], value, name);
}
