/** A Kubernetes object, as far as it is read here. */
// biome-ignore lint/suspicious/noExplicitAny: schemas are checked by kubernetes-validate; this reads what has passed
export type Manifest = any;

/** What a service takes from its environment, and says of it. */
export interface ServiceFacts {
  /** Reads the configuration; throws when it is refused. */
  readonly readConfig: (env: Readonly<Record<string, string | undefined>>) => { shutdownGraceMs: number };
  /** Variables that the program reads past its configuration. */
  readonly also: readonly string[];
  /** What the image sets. */
  readonly imageEnv: Readonly<Record<string, string>>;
  /** Values for the keys of secrets, which are not in the repository. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Seconds that the server takes, after its grace period, to cut what is left. */
const cutSeconds = 5;

/** What is wrong with rendered manifests that their schemas cannot know; nothing, one hopes. */
export function findProblems(
  manifests: readonly Manifest[],
  services: Readonly<Record<string, ServiceFacts>>,
): string[] {
  const problems: string[] = [];
  const named = (kind: string, name: string): Manifest =>
    manifests.find((one) => one.kind === kind && one.metadata.name === name);

  for (const [name, facts] of Object.entries(services)) {
    const deployment = named("Deployment", name);
    const service = named("Service", name);
    if (deployment === undefined || service === undefined) {
      problems.push(`${name}: no Deployment or no Service`);
      continue;
    }
    const pod = deployment.spec.template.spec;
    const [container] = pod.containers;
    const report = (problem: string) => problems.push(`${name}: ${problem}`);

    const env = readEnv(container, named, facts, report);
    const read = new Set(facts.also);
    const recorder = new Proxy(env, {
      get: (target, key: string) => {
        read.add(key);
        return target[key];
      },
    });
    let grace: number | undefined;
    try {
      grace = facts.readConfig(recorder).shutdownGraceMs / 1000;
    } catch (error) {
      report(`the configuration is refused: ${error instanceof Error ? error.message : error}`);
    }
    for (const variable of Object.keys(env).filter((variable) => !read.has(variable))) {
      report(`${variable} is set, and nothing reads it`);
    }
    const preStop = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    if (grace !== undefined && pod.terminationGracePeriodSeconds < preStop + grace + cutSeconds) {
      report(
        `killed after ${pod.terminationGracePeriodSeconds} s, but takes ${preStop} s of preStop, ${grace} s of grace and ${cutSeconds} s`,
      );
    }

    const ports: Manifest[] = container.ports;
    const portNames = new Set(ports.map((port) => port.name));
    const portNumbers = new Map(ports.map((port) => [port.name, String(port.containerPort)]));
    if (portNumbers.get("grpc") !== env.PORT || portNumbers.get("diagnostics") !== env.DIAGNOSTICS_PORT) {
      report("containerPort is not PORT, or not DIAGNOSTICS_PORT");
    }
    for (const { targetPort } of service.spec.ports) {
      if (!portNames.has(targetPort)) {
        report(`the Service's targetPort ${targetPort} is none of the container`);
      }
    }
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      const { grpc, httpGet } = container[probe] ?? {};
      const known = grpc === undefined ? portNames.has(httpGet?.port) : String(grpc.port) === env.PORT;
      if (!known) {
        report(`${probe} asks no port of the container`);
      }
    }
    for (const [kind, selector] of [
      ["Deployment", deployment.spec.selector.matchLabels],
      ["Service", service.spec.selector],
      ["PodDisruptionBudget", named("PodDisruptionBudget", name)?.spec.selector.matchLabels],
    ]) {
      const labels = deployment.spec.template.metadata.labels;
      if (!Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value)) {
        report(`the selector of its ${kind} does not select its pods`);
      }
    }
    if (
      container.securityContext?.readOnlyRootFilesystem !== true ||
      pod.automountServiceAccountToken !== false
    ) {
      report("the root file system can be written, or the pod has a token of the cluster");
    }
    const autoscaler = named("HorizontalPodAutoscaler", name);
    if (autoscaler !== undefined && deployment.spec.replicas !== undefined) {
      report("both the Deployment and the HorizontalPodAutoscaler say how many replicas there are");
    }
    if (env.DATABASE_URL?.startsWith("sqlite:") && deployment.spec.replicas !== 1) {
      report("more than one replica on SQLite");
    }
    if (env.DATABASE_URL?.startsWith("sqlite:/")) {
      const mounts: Manifest[] = container.volumeMounts ?? [];
      if (!mounts.some(({ mountPath }) => env.DATABASE_URL?.startsWith(`sqlite:${mountPath}/`))) {
        report("the SQLite file is on the read-only root file system");
      }
    }
  }
  return problems;
}

function readEnv(
  container: Manifest,
  named: (kind: string, name: string) => Manifest,
  facts: ServiceFacts,
  report: (problem: string) => void,
): Record<string, string> {
  const env: Record<string, string> = { ...facts.imageEnv };
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = named("ConfigMap", configMapRef.name);
    if (map === undefined) {
      report(`there is no ConfigMap ${configMapRef.name}`);
    }
    Object.assign(env, map?.data);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const key: string | undefined = valueFrom?.secretKeyRef?.key;
    const resolved = key === undefined ? value : facts.secrets[key];
    if (resolved === undefined) {
      report(`${name}: nobody knows the key ${key} of the secret`);
    } else {
      env[name] = resolved;
    }
  }
  return env;
}
