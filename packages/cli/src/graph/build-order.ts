/**
 * The order in which buf puts files into an image: the targets sorted by path, each preceded by what it
 * imports, depth first in the order of the import statements. Plugins see files in this order.
 */
export function buildOrder(
  targets: Iterable<string>,
  importsOf: (path: string) => readonly string[],
): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (!seen.has(path)) {
      seen.add(path);
      importsOf(path).forEach(visit);
      order.push(path);
    }
  };
  [...targets].sort().forEach(visit);
  return order;
}
