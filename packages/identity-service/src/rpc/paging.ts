import { IdentityError } from "../domain/errors.ts";
import type { Clock } from "../domain/ports.ts";
import type { SealedTokens } from "./sealed-tokens.ts";

const defaultPageSize = 50;
const maxPageSize = 200;
const pageTokenLifetimeMs = 24 * 60 * 60 * 1000;

/** A list that can be read page by page. */
export interface PagedList<Item, Position> {
  /** The RPC, and all fields of the request but those of the page: a token is good for these only. */
  readonly purpose: readonly unknown[];
  /** Reads at most `limit` items after the position. */
  read(place: { after: Position | undefined; limit: number }): Promise<readonly Item[]>;
  /** Where an item stands in the list. */
  position(item: Item): Position;
}

/** A page, and the token of the next: empty on the last. */
export interface ReadPage<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken: string;
}

/** Reads pages. Throws `IdentityError` `invalid_argument` for a page token that is not good for the request. */
export function createPager(tokens: SealedTokens, now: Clock) {
  return async <Item, Position>(
    request: { readonly pageSize: number; readonly pageToken: string },
    list: PagedList<Item, Position>,
  ): Promise<ReadPage<Item>> => {
    const size = request.pageSize === 0 ? defaultPageSize : Math.min(request.pageSize, maxPageSize);
    let after: Position | undefined;
    if (request.pageToken !== "") {
      const opened = tokens.open<Position>(list.purpose, request.pageToken);
      if (opened === undefined || now() - opened.madeAt > pageTokenLifetimeMs) {
        throw new IdentityError(
          "invalid_argument",
          "page_token: not a token of the last 24 hours for this list with these filters: start without one",
          { fields: { field: "page_token", rule: "page_token.not_current" } },
        );
      }
      after = opened.content;
    }
    const found = await list.read({ after, limit: size + 1 });
    const items = found.slice(0, size);
    const last = items.at(-1);
    const nextPageToken =
      found.length > size && last !== undefined ? tokens.seal(list.purpose, list.position(last)) : "";
    return { items, nextPageToken };
  };
}

export type Pager = ReturnType<typeof createPager>;
