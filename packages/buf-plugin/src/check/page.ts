import { PluginError } from "../errors.ts";

/** What buf takes for a page where a request names no size. */
const defaultPageSize = 250;

/**
 * A page of a list. The token of a page is the id of its first item.
 * @throws PluginError REQUEST for a token that is none
 */
export function page<Item extends { readonly id: string }>(
  items: readonly Item[],
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
): { readonly items: readonly Item[]; readonly nextPageToken: string } {
  const start = pageToken === "" ? 0 : items.findIndex(({ id }) => id === pageToken);
  if (start < 0) {
    throw new PluginError("REQUEST", `"${pageToken}" is no page token`);
  }
  const end = start + (pageSize === 0 ? defaultPageSize : pageSize);
  return { items: items.slice(start, end), nextPageToken: items[end]?.id ?? "" };
}
