/** What an address of the page stands for. Everything that is to be seen follows from it and the live data. */
export type Place =
  /** All nodes; `search` says which, in which order, and when. */
  | { screen: 'fleet'; search: URLSearchParams }
  /** All nodes, to be read from afar. */
  | { screen: 'wall'; search: URLSearchParams }
  /** One node, by its name. */
  | { screen: 'site'; node: string; search: URLSearchParams };

/** Reads an address under `root`. What stands for nothing is the fleet. */
export function placeOf(address: URL, root: URL): Place {
  const search = new URLSearchParams(address.search);
  const inner = address.pathname.startsWith(root.pathname) ? address.pathname.slice(root.pathname.length) : '';
  const segment = /^nodes\/([^/]+)$/.exec(inner)?.[1];
  const node = segment === undefined ? undefined : decoded(segment);
  if (node !== undefined) return { screen: 'site', node, search };
  return { screen: search.has('wall') ? 'wall' : 'fleet', search };
}

/** The address of a node's own page. */
export function siteAddress(node: string, root: URL): string {
  return `${root.href}nodes/${encodeURIComponent(node)}`;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
