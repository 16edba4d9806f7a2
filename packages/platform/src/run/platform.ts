import { startWeb } from "@partner/web";
import type { DataFolder } from "../data/data-folder.ts";
import { findRunning, type Running, removeRunning, writeRunning } from "../data/running.ts";
import { connect } from "../documents/connect.ts";
import { PlatformError } from "../errors.ts";
import { example, seedAccounts } from "../seed/accounts.ts";
import { seedDocuments } from "../seed/documents.ts";
import { documentEnvironment, identityEnvironment, identityUrl } from "./environment.ts";
import { choosePorts, host } from "./ports.ts";
import { packageFile, type ServiceProcess, startService } from "./service-process.ts";

/** How to start a platform. */
export interface PlatformOptions {
  readonly folder: DataFolder;
  /** The first of three ports. 0: free ones. */
  readonly port: number;
  /** How long access tokens live, in seconds. Default: as the identity service has it. */
  readonly tokenSeconds?: number | undefined;
  /** The user's environment: databases, log level, grace period. */
  readonly env: NodeJS.ProcessEnv;
  /** Is told what is under way. */
  readonly onProgress: (message: string) => void;
  /** Gets each line that a service prints. */
  readonly onLine?: ((service: string, line: string) => void) | undefined;
  /** Gives up starting. */
  readonly signal: AbortSignal;
}

/** A running platform. */
export interface Platform extends Running {
  readonly services: readonly ServiceProcess[];
  /** Resolves when a service is gone that should not be. */
  readonly broken: Promise<PlatformError>;
  /** Lets calls finish, within the services' grace period. */
  close(): Promise<void>;
  /** Ends the services at once; `close` then has nothing left to wait for. */
  kill(): void;
}

/**
 * Starts both services and the page, and fills them with an example, unless it is there already.
 *
 * @throws PlatformError, or the signal's reason. Whatever had started has then ended.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { folder, onProgress, onLine, signal } = options;
  const other = await findRunning(folder);
  if (other !== undefined) {
    throw new PlatformError(
      "already_running",
      `a platform runs on ${folder.path} already: see ${other.webUrl}. For another one beside it: PARTNER_DATA_DIR=<folder> pnpm start --port 9080`,
    );
  }
  const ports = await choosePorts(options.port);
  const settings = { ...options, ports };
  const services: ServiceProcess[] = [];
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
      await closer();
    }
  };
  const start = async (name: string, packageName: string, env: NodeJS.ProcessEnv): Promise<string> => {
    onProgress(`starting ${name}`);
    const service = await startService({
      name,
      main: packageFile(packageName, "src/main.ts"),
      env,
      logFile: folder.file("log", `${name}.log`),
      onLine: onLine && ((line) => onLine(name, line)),
      signal,
    });
    services.push(service);
    closers.push(() => service.stop());
    return service.url;
  };

  try {
    await start("identity-service", "@partner/identity-service", identityEnvironment(settings));
    onProgress("seeding accounts");
    await seedAccounts(identityUrl(ports), folder);
    const documentUrl = await start(
      "document-service",
      "@partner/document-service",
      documentEnvironment(settings),
    );
    const { username } = example;
    const password = folder.readSecret(username) ?? "";
    const urls = { identityUrl: identityUrl(ports), documentUrl };
    onProgress("seeding documents");
    await seedDocuments(connect({ ...urls, username, password }).documents);
    signal.throwIfAborted();
    onProgress("starting the web page");
    const web = await startWeb({ ...urls, port: ports.web, host });
    closers.push(() => web.close());
    signal.throwIfAborted();
    const running: Running = { ...urls, webUrl: web.url, username };
    writeRunning(folder, running);
    closers.push(async () => removeRunning(folder));
    return {
      ...running,
      services,
      broken: Promise.race(services.map(({ ended }) => ended)),
      close,
      kill: () => services.forEach((service) => void service.kill()),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
