import type { Query } from './query.ts';
import type { Row } from './row.ts';

/** Nodes in whose LAN something was found, and what. */
export type Found = ReadonlyMap<string, readonly string[]>;

export const NOTHING_FOUND: Found = new Map();

/**
 * Whether a row is among what the query asks for: by what is known of the node itself, or by
 * what was found in its LAN. Made once per query, called once per row.
 */
export function matcher({ statuses, text }: Query, found: Found = NOTHING_FOUND): (row: Row) => boolean {
  const words = plain(text).split(/\s+/).filter((word) => word !== '');
  return (row) => {
    if (statuses.size > 0 && !statuses.has(row.status)) return false;
    if (words.length === 0 || found.has(row.node)) return true;
    const hay = haystack(row);
    return words.every((word) => hay.includes(word));
  };
}

/** A label can be found by its value, its name, or as it is shown: `city: Lyon`. */
function haystack({ node, ip, labels }: Row): string {
  let text = `${node}\n${ip ?? ''}`;
  for (const name in labels) text += `\n${name}: ${labels[name] ?? ''}`;
  return plain(text);
}

/** Without case and accents, so that `meteo` finds `Météo`. */
function plain(text: string): string {
  // Most names are plain letters, and need no look into the tables of Unicode.
  return (ASCII.test(text) ? text : text.normalize('NFD').replace(/\p{M}/gu, '')).toLowerCase();
}

// eslint-disable-next-line no-control-regex -- what is plain ASCII begins at NUL
const ASCII = /^[\x00-\x7f]*$/;
