import type { RemoteCacheConfig } from "../workspace/wirehouse-yaml.ts";
import type { RemoteCache } from "./remote/remote-cache.ts";

/** The way to the remote cache of a run. A run that asks for nothing loads nothing of it, and no network. */
export interface RemoteLink {
  /**
   * The remote cache; `undefined` where none is configured.
   * @throws WirehouseError CONFIG when the configuration of it is wrong
   */
  connect(): Promise<RemoteCache | undefined>;
  /** Waits for uploads, for a limited time. */
  close(): Promise<void>;
  /** Ends what is still under way; last of all, also when the run has failed. */
  abort(): void;
}

/** When a remote cache that failed may be asked again, by its address; in milliseconds of `performance.now()`. */
export type RemotePauses = Map<string, number>;

/** Milliseconds that a remote cache which failed is left alone by later runs that share their pauses. */
const pauseMs = 60_000;

/**
 * Links to the remote cache that wirehouse.yaml or the environment names.
 * @param paused shared by the runs of a caller that runs often, so that not each of them waits for a failed one
 */
export function linkRemote(
  config: RemoteCacheConfig | undefined,
  env: NodeJS.ProcessEnv,
  warn: (message: string) => void,
  paused: RemotePauses = new Map(),
): RemoteLink {
  let remote: RemoteCache | undefined;
  return {
    async connect() {
      if (remote === undefined && (config !== undefined || env.WIREHOUSE_REMOTE_CACHE_URL)) {
        const { remoteSettings } = await import("./remote/config.ts");
        const settings = remoteSettings(config, env);
        if (settings !== undefined && performance.now() >= (paused.get(settings.url) ?? 0)) {
          const module = await import("./remote/remote-cache.ts");
          remote = new module.RemoteCache(settings, { warn });
        }
      }
      return remote;
    },
    close: async () => remote?.close(),
    abort() {
      remote?.abort();
      if (remote?.isLeftAlone) {
        paused.set(remote.url, performance.now() + pauseMs);
      }
    },
  };
}
