import type { Manifest } from "./manifests.ts";

/** A Deployment and its Service that fit; each call makes new ones, to be spoilt. */
export function fittingManifests(): { deployment: Manifest; service: Manifest; config: Manifest } {
  const labels = { app: "echo" };
  return {
    config: {
      kind: "ConfigMap",
      metadata: { name: "echo" },
      data: { PORT: "80", DIAGNOSTICS_PORT: "90", LOG_LEVEL: "info" },
    },
    service: {
      kind: "Service",
      metadata: { name: "echo" },
      spec: { selector: labels, ports: [{ port: 80, targetPort: "grpc" }] },
    },
    deployment: {
      kind: "Deployment",
      metadata: { name: "echo" },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 40,
            containers: [
              {
                ports: [
                  { name: "grpc", containerPort: 80 },
                  { name: "diagnostics", containerPort: 90 },
                ],
                envFrom: [{ configMapRef: { name: "echo" } }],
                env: [
                  {
                    name: "DATABASE_URL",
                    valueFrom: { secretKeyRef: { name: "echo", key: "DATABASE_URL" } },
                  },
                ],
                startupProbe: { grpc: { port: 80 } },
                readinessProbe: { grpc: { port: 80 } },
                livenessProbe: { httpGet: { port: "diagnostics" } },
                lifecycle: { preStop: { sleep: { seconds: 10 } } },
                securityContext: { readOnlyRootFilesystem: true },
              },
            ],
          },
        },
      },
    },
  };
}
