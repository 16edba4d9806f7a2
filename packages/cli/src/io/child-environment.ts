/** Whatever begins so is about the shared cache, its credentials among them. */
const prefix = "WIREHOUSE_REMOTE_CACHE_";

/**
 * An environment without what is for this program alone: a plugin, buf or git has no business with the credentials
 * of the shared cache.
 */
export function childEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.toUpperCase().startsWith(prefix)));
}
