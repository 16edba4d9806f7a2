/**
 * What is wrong with the address of a remote cache, or `undefined` if it can be used. The answer never quotes
 * the address, which may hold what should not be shown.
 */
export function refuseRemoteUrl(text: string): string | undefined {
  if (!URL.canParse(text)) {
    return "it is not a URL, such as https://cache.example.com/wirehouse";
  }
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return `it has the scheme ${url.protocol.slice(0, -1)}: only https and http are spoken`;
  }
  if (url.username !== "" || url.password !== "") {
    return "it has credentials: these come from WIREHOUSE_REMOTE_CACHE_TOKEN, or _USER and _PASSWORD, in the environment only";
  }
  return url.search === "" && url.hash === ""
    ? undefined
    : "it has a query or a fragment: paths such as /ac/<key> are appended to it";
}
