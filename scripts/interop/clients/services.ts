import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./paths.ts";

/** An account of one of the services' users. */
export interface Account {
  readonly username: string;
  readonly password: string;
}

/** The two services, each a process of its own, on databases of their own. */
export interface Services {
  readonly identityUrl: string;
  readonly documentUrl: string;
  /** May do everything. */
  readonly operator: Account;
  stop(): Promise<void>;
}

/** How to start them. */
export interface ServicesOptions {
  /** For the databases; made if it is not there. */
  readonly folder: string;
  readonly accessTokenSeconds: number;
  /** A certificate for 127.0.0.1 which is its own authority. Absent: cleartext. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/** Starts both, each from its main.ts, on free ports. @throws Error with what a service wrote, when it ends instead */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { folder, accessTokenSeconds, tls } = options;
  mkdirSync(folder, { recursive: true });
  const operator = { username: "operator", password: "not a secret: made for a test" };
  const common = {
    PORT: "0",
    LOG_LEVEL: "info",
    SHUTDOWN_GRACE_SECONDS: "5",
    ...(tls === undefined
      ? {}
      : { TLS_CERT_FILE: tls.certFile, TLS_KEY_FILE: tls.keyFile, NODE_EXTRA_CA_CERTS: tls.certFile }),
  };
  const identity = await startService("identity-service", {
    ...common,
    DATABASE_URL: `sqlite:${join(folder, "identity.db")}`,
    IDENTITY_ACCESS_TOKEN_SECONDS: String(accessTokenSeconds),
    IDENTITY_BOOTSTRAP_USERNAME: operator.username,
    IDENTITY_BOOTSTRAP_SECRET: operator.password,
  });
  try {
    const document = await startService("document-service", {
      ...common,
      DATABASE_URL: `sqlite:${join(folder, "documents.db")}`,
      DOCUMENT_ISSUER: identity.url,
      DOCUMENT_IDENTITY_USERNAME: operator.username,
      DOCUMENT_IDENTITY_SECRET: operator.password,
    });
    const stop = async () => {
      await document.stop();
      await identity.stop();
    };
    return { identityUrl: identity.url, documentUrl: document.url, operator, stop };
  } catch (error) {
    await identity.stop();
    throw error;
  }
}

async function startService(name: string, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [join(root, "packages", name, "src/main.ts")], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  const listening = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const entry = JSON.parse(line) as { level: string; message: string; url?: string };
    if (entry.message === "listening" && entry.url !== undefined) {
      listening.resolve(entry.url);
    }
    said.push(line);
    if (entry.level === "error") {
      console.log(`${name}: ${line}`);
    }
  });
  child.once("exit", (code) => listening.reject(new Error(`${name} ended with ${code}\n${said.join("\n")}`)));
  return { url: await listening.promise, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }
}
