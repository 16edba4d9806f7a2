import { expect, it } from "vitest";
import { fittingManifests } from "./manifests.testdata.ts";
import { findProblems, type Manifest } from "./manifests.ts";

type Set = ReturnType<typeof fittingManifests> & { readonly pod: Manifest; readonly container: Manifest };

function problemsOf(spoil: (set: Set) => void, further: Manifest[] = []): string[] {
  const made = fittingManifests();
  const pod = made.deployment.spec.template.spec;
  spoil({ ...made, pod, container: pod.containers[0] });
  return findProblems([made.deployment, made.service, made.config, ...further], {
    echo: {
      readConfig: ({ PORT, DIAGNOSTICS_PORT, DATABASE_URL }) => {
        if (PORT === undefined || DIAGNOSTICS_PORT === undefined || DATABASE_URL === undefined) {
          throw new Error("something is missing");
        }
        return { shutdownGraceMs: 25_000 };
      },
      also: ["LOG_LEVEL"],
      imageEnv: {},
      secrets: { DATABASE_URL: "postgres://db/echo" },
    },
  });
}

it("finds nothing in manifests that fit", () => {
  expect(problemsOf(() => undefined)).toEqual([]);
});

it.each<[what: string, spoil: (set: Set) => void, problem: RegExp]>([
  ["no such service", ({ service }) => (service.metadata.name = "other"), /no Deployment or no Service/],
  ["a variable that nothing reads", ({ config }) => (config.data.LOGLEVEL = "info"), /LOGLEVEL is set, and/],
  ["a variable too few", ({ config }) => delete config.data.PORT, /refused: something is missing/],
  ["another ConfigMap", ({ config }) => (config.metadata.name = "other"), /no ConfigMap echo/],
  [
    "a key that no secret has",
    ({ container }) => (container.env[0].valueFrom.secretKeyRef.key = "DB"),
    /nobody knows the key DB/,
  ],
  [
    "SIGKILL before the drain is over",
    ({ pod }) => (pod.terminationGracePeriodSeconds = 39),
    /killed after 39/,
  ],
  ["another port", ({ config }) => (config.data.PORT = "81"), /containerPort is not PORT/],
  ["a Service to no port", ({ service }) => (service.spec.ports[0].targetPort = "web"), /targetPort web/],
  [
    "a probe of another port",
    ({ container }) => (container.readinessProbe.grpc.port = 8),
    /readinessProbe asks/,
  ],
  ["a probe too few", ({ container }) => delete container.livenessProbe, /livenessProbe asks/],
  [
    "a Service of other pods",
    ({ service }) => (service.spec.selector = { app: "x" }),
    /selector of its Service/,
  ],
  [
    "a root file system that can be written",
    ({ container }) => (container.securityContext = {}),
    /root file system can be written/,
  ],
  ["a token of the cluster", ({ pod }) => delete pod.automountServiceAccountToken, /token of the cluster/],
  [
    "SQLite for two",
    ({ deployment, config, container }) => {
      container.env = [];
      config.data.DATABASE_URL = "sqlite:echo.db";
      deployment.spec.replicas = 2;
    },
    /more than one replica on SQLite/,
  ],
  [
    "SQLite where nothing can be written",
    ({ config, container }) => {
      container.env = [];
      config.data.DATABASE_URL = "sqlite:/var/echo.db";
    },
    /on the read-only root/,
  ],
])("finds %s", (_, spoil, problem) => {
  expect(problemsOf(spoil).join("\n")).toMatch(problem);
});

it("finds that two say how many replicas there are, and a budget for other pods", () => {
  const budget = { kind: "PodDisruptionBudget", spec: { selector: { matchLabels: { app: "x" } } } };
  const further = [{ kind: "HorizontalPodAutoscaler" }, budget].map((one) => ({
    ...one,
    metadata: { name: "echo" },
  }));
  const problems = problemsOf(() => undefined, further).join("\n");
  expect(problems).toMatch(/both the Deployment and the HorizontalPodAutoscaler/);
  expect(problems).toMatch(/selector of its PodDisruptionBudget/);
});
