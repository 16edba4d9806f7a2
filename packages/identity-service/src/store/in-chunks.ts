/** Fewer values than a statement can have parameters, on either store, with ten columns a row. */
const chunkSize = 1000;

/** Runs the work on the items, so many at a time that a statement can name them all. */
export async function inChunks<Item, Result>(
  items: readonly Item[],
  work: (chunk: Item[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += chunkSize) {
    results.push(...(await work(items.slice(start, start + chunkSize))));
  }
  return results;
}
